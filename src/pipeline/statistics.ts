import type { ClientSlots } from './client-slots.js';
import { rowTotals } from './feature-row.js';
import type { Running } from './pipeline.js';

/** Counters since the start. */
export interface PipelineStatistics {
  /** Frames: of a payload that cannot be, skipped in the numbers of their sources, and of a kind that nobody takes. */
  router: { invalid: number; missing: number; skipped: number };
  /** By feature: its ledger row, and what its stage counts beside. */
  features: Readonly<Record<string, FeatureStatistics>>;
  clients: { name: string; records: number; units: number; unencodable: number; backlog: number }[];
}

/** In the feature's units. */
export interface FeatureStatistics {
  /** What its sources told of themselves. */
  attempted: number;
  emitted: number;
  pending: number;
  read: number;
  duplicate: number;
  dropped: number;
  lost: Readonly<Record<string, number>>;
  notes: Readonly<Record<string, number>>;
  /** What the pipeline counted. */
  enqueued: number;
  filtered: number;
  selfTest: number;
  canary: number;
  merged: number;
  resident: number;
  unordered: number;
  /** By cause. */
  discarded: Readonly<Record<string, number>>;
  stage: Readonly<Record<string, unknown>>;
}

export function statisticsOf(
  router: PipelineStatistics['router'],
  running: readonly Running[],
  slots: ClientSlots,
): PipelineStatistics {
  const invalid = running.reduce((sum, { row }) => sum + row.invalidFrames, router.invalid);
  return {
    router: { ...router, invalid },
    features: Object.fromEntries(running.map((each) => [each.enabled.feature.name, featureStatistics(each)])),
    clients: [...slots].map(({ client, ports }) => {
      const { records, units, unencodable } = ports.totals;
      return { name: client.name, records, units, unencodable, backlog: client.writer.backlog };
    }),
  };
}

function featureStatistics({ enabled: { feature }, row, sources, stage }: Running): FeatureStatistics {
  const { filtered, selfTest, canary, merged, resident, unordered } = row;
  const totals = rowTotals(feature, sources, row);
  const { attempted, emitted, pending, read, duplicate, dropped, lost, notes, enqueued, discarded } = totals;
  const told = { attempted, emitted, pending, read, duplicate, dropped, lost, notes };
  const counted = { enqueued, filtered, selfTest, canary, merged, resident, unordered, discarded };
  return { ...told, ...counted, stage: stage.statistics };
}
