import type { PipelineStatistics } from '../pipeline/pipeline.js';

/** What a recording held that no kernel tells, as a sentence's end; null when there was nothing of the kind. */
export function impossibleIn({ pipeline, table }: PipelineStatistics): string | null {
  const connections = pipeline.impossible + table.impossible;
  const found = [
    pipeline.invalidFrames > 0 ? `${pipeline.invalidFrames} frames that cannot be what they say` : '',
    connections > 0 ? `${connections} connections with counts or times that cannot be` : '',
  ].filter((part) => part !== '');
  return found.length === 0 ? null : `it holds ${found.join(' and ')}`;
}
