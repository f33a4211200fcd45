import type { ConnectionStatistics } from '../connections/stage.js';
import type { PipelineStatistics } from '../pipeline/pipeline.js';

/** What a recording held that no kernel tells, as a sentence's end; null when there was nothing of the kind. */
export function impossibleIn({ router, features }: PipelineStatistics): string | null {
  const { stage, discarded } = features.connections ?? {};
  const connections =
    (discarded?.impossible ?? 0) + ((stage as ConnectionStatistics | undefined)?.table.impossible ?? 0);
  const found = [
    router.invalid > 0 ? `${router.invalid} frames that cannot be what they say` : '',
    connections > 0 ? `${connections} connections with counts or times that cannot be` : '',
  ].filter((part) => part !== '');
  return found.length === 0 ? null : `it holds ${found.join(' and ')}`;
}
