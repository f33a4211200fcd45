import type { Account } from './generated/ledger.js';

/** Totals since the start of one row, as of one flush, for one output: an Account but for the running numbers. */
export type RowTotals = Omit<Account, 'series'> & {
  /** The last running number given to each record type of the feature that the output takes. */
  series: { record: string; seq: number }[];
};

const COUNTERS = [
  'attempted',
  'emitted',
  'read',
  'duplicate',
  'enqueued',
  'dropped',
  'filtered',
  'self_test',
  'canary',
  'merged',
  'given',
] as const;
const MAPS = ['lost', 'discarded', 'notes'] as const;

export function sumOf(counters: Iterable<number>): number {
  let sum = 0;
  for (const counter of counters) sum += counter;
  return sum;
}

/**
 * The totals as if what is held had yet to come: where an output's account begins. Whatever it is told later is in its own account from
 * the kernel on, so that its equations hold like those of an output that was there from the start.
 */
export function withoutHeld(totals: RowTotals): RowTotals {
  const enqueued = totals.enqueued - totals.resident;
  const read = totals.duplicate + enqueued + totals.dropped;
  const emitted = enqueued + totals.dropped;
  return {
    ...totals,
    enqueued,
    read,
    emitted,
    attempted: emitted + sumOf(Object.values(totals.lost)),
    pending: 0,
    resident: 0,
  };
}

/** What came between two readings of one row: shares of counters, levels of the later. */
export function shareOf(later: RowTotals, earlier: RowTotals): Account {
  const share = {
    feature: later.feature,
    unit: later.unit,
    pending: later.pending,
    resident: later.resident,
  } as Account;
  share.series = later.series.map(({ record, seq }) => {
    const before = earlier.series.find((each) => each.record === record)?.seq ?? 0;
    return seq > before
      ? { record, first_seq: before + 1, last_seq: seq }
      : { record, first_seq: null, last_seq: null };
  });
  for (const name of COUNTERS) share[name] = later[name] - earlier[name];
  for (const name of MAPS) share[name] = mapOf(later[name], (key) => later[name][key]! - (earlier[name][key] ?? 0));
  return share;
}

/** Two shares that follow each other, as one. */
export function joinShares(earlier: Account, later: Account): Account {
  const joined = {
    feature: later.feature,
    unit: later.unit,
    pending: later.pending,
    resident: later.resident,
  } as Account;
  joined.series = later.series.map(({ record, first_seq, last_seq }) => {
    const before = earlier.series.find((each) => each.record === record);
    return { record, first_seq: before?.first_seq ?? first_seq, last_seq: last_seq ?? before?.last_seq ?? null };
  });
  for (const name of COUNTERS) joined[name] = earlier[name] + later[name];
  for (const name of MAPS) {
    joined[name] = mapOf(
      { ...earlier[name], ...later[name] },
      (key) => (earlier[name][key] ?? 0) + (later[name][key] ?? 0),
    );
  }
  return joined;
}

/** Totals of nothing, of the same row. */
export function nothingOf(totals: RowTotals): RowTotals {
  const zero = (map: Readonly<Record<string, number>>): Record<string, number> => mapOf(map, () => 0);
  const none = { feature: totals.feature, unit: totals.unit, pending: 0, resident: 0 } as RowTotals;
  none.series = totals.series.map(({ record }) => ({ record, seq: 0 }));
  for (const name of COUNTERS) none[name] = 0;
  for (const name of MAPS) none[name] = zero(totals[name]);
  return none;
}

function mapOf(map: Readonly<Record<string, number>>, value: (key: string) => number): Record<string, number> {
  return Object.fromEntries(Object.keys(map).map((key) => [key, value(key)]));
}
