import { FEATURES } from '../features.js';
import type { PipelineStatistics } from '../pipeline/pipeline.js';

/** What a recording held that no kernel tells, as a sentence's end; null when there was nothing of the kind. */
export function impossibleIn({ router, features }: PipelineStatistics): string | null {
  const found = router.invalid > 0 ? [`${router.invalid} frames that cannot be what they say`] : [];
  for (const { name, unit } of FEATURES) {
    const { discarded, stage } = features[name] ?? {};
    const impossible = (discarded?.impossible ?? 0) + Number(stage?.impossible ?? 0);
    if (impossible > 0) found.push(`${impossible} ${unit} with counts or times that cannot be`);
  }
  return found.length === 0 ? null : `it holds ${found.join(' and ')}`;
}
