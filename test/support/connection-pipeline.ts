/** A pipeline of connections alone, and what it counted, in one flat object. */
import { CONNECTIONS } from '../../src/connections/feature.js';
import type { ConnectionOptions } from '../../src/connections/options.js';
import type { ConnectionStatistics } from '../../src/connections/stage.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { Pipeline, type PipelineOptions } from '../../src/pipeline/pipeline.js';

export type ConnectionPipelineOptions = Omit<PipelineOptions, 'features'> & Partial<ConnectionOptions>;

export function connectionPipeline(
  { filter, maxConnections = 1 << 20, ...rest }: ConnectionPipelineOptions,
  feature: typeof CONNECTIONS = CONNECTIONS,
): Pipeline {
  const options: ConnectionOptions = CONNECTIONS.options.parse({ filter, maxConnections });
  return new Pipeline({ ...rest, features: [{ feature: feature as Feature, options }] });
}

/** Counts of the row, the stage and the router. */
export function connectionCounts(pipeline: Pick<Pipeline, 'statistics'>) {
  const { router, features } = pipeline.statistics;
  const { stage, discarded, ...row } = features.connections!;
  const { seen_before, invalid_frame, unknown_cpu, repeated, impossible } = discarded;
  return {
    ...(stage as ConnectionStatistics),
    ...row,
    discarded: Object.values(discarded).reduce((sum, units) => sum + units, 0),
    seenBefore: seen_before!,
    invalidFrame: invalid_frame!,
    unknownCpu: unknown_cpu!,
    repeated: repeated!,
    impossible: impossible!,
    invalidFrames: router.invalid,
    missingFrames: router.missing,
    skippedFrames: router.skipped,
  };
}
