import { FEATURES, hookSpec } from '../features.js';
import type { Account, LiveHooks } from '../ledger/generated/ledger.js';

/** Names of counters that every row has beside those of its feature. */
const COMMON = { lost: [], discarded: ['unencodable'], notes: ['invalid', 'unordered'] } as const;

interface Names {
  readonly unit: string;
  readonly records: ReadonlySet<string>;
  readonly lost: ReadonlySet<string>;
  readonly discarded: ReadonlySet<string>;
  readonly notes: ReadonlySet<string>;
}

const KNOWN: ReadonlyMap<string, Names> = new Map(
  FEATURES.map(({ name, unit, records, causes, discards, notes }) => [
    name,
    {
      unit,
      records: new Set(records.map((type) => type.name)),
      lost: new Set([...COMMON.lost, ...causes]),
      discarded: new Set([...COMMON.discarded, ...discards]),
      notes: new Set([...COMMON.notes, ...notes]),
    },
  ]),
);

/** The first thing that a row names and its feature does not have, as a sentence without its end; null: all is known. */
export function foreignName(account: Account): string | null {
  const { feature, unit, series } = account;
  const known = KNOWN.get(feature);
  if (known === undefined) return `has a row of ${feature}, a feature that this conntrail does not know`;
  if (unit !== known.unit) return `counts ${unit} of ${feature}, which counts ${known.unit}`;
  for (const { record } of series) if (!known.records.has(record)) return `gives ${feature} records of type ${record}`;
  for (const column of ['lost', 'discarded', 'notes'] as const) {
    for (const name of Object.keys(account[column])) {
      if (!known[column].has(name)) return `has ${column}.${name} of ${feature}, which counts nothing of that name`;
    }
  }
  return null;
}

/** The same of a hook group that was live. */
export function foreignHooks({ feature, group, rung }: LiveHooks): string | null {
  const spec = hookSpec(feature, group);
  if (spec === undefined) return `names hooks ${group} of ${feature}, which this conntrail does not know`;
  return spec.rungs.some((each) => each.rung === rung) ? null : `says that hooks ${group} of ${feature} are ${rung}`;
}
