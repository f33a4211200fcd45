/** The ledger's identities, from the output alone. */
import { expect } from 'vitest';
import type { AccountLine, LedgerLine, Output } from './output.js';

/** One feature's row, summed over an output. */
export interface LedgerSums {
  readonly attempted: number;
  readonly emitted: number;
  readonly lost: number;
  readonly read: number;
  readonly duplicate: number;
  readonly enqueued: number;
  readonly dropped: number;
  readonly filtered: number;
  readonly selfTest: number;
  readonly canary: number;
  readonly merged: number;
  readonly discarded: number;
  readonly given: number;
  /** Of the last record: what had not arrived yet. */
  readonly pending: number;
  readonly resident: number;
  /** Of lost, of discarded and the counters beside them, by name. */
  readonly causes: Readonly<Record<string, number>>;
  readonly discards: Readonly<Record<string, number>>;
  readonly notes: Readonly<Record<string, number>>;
}

/** Every ledger record has exactly one row for a feature that was on. */
function rowsOf(ledgers: readonly LedgerLine[], feature: string): AccountLine[] {
  return ledgers.map(({ seq, accounts }) => {
    const rows = accounts.filter((account) => account.feature === feature);
    expect(rows, `rows of ${feature} in ledger record ${seq}`).toHaveLength(1);
    return rows[0]!;
  });
}

function byName(maps: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const map of maps) for (const [name, count] of Object.entries(map)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

export function sumLedger(ledgers: readonly LedgerLine[], feature = 'connections'): LedgerSums {
  const rows = rowsOf(ledgers, feature);
  const sum = (pick: (row: AccountLine) => number) => rows.reduce((all, row) => all + pick(row), 0);
  const causes = byName(rows.map(({ lost }) => lost));
  const discards = byName(rows.map(({ discarded }) => discarded));
  const last = rows.at(-1);
  return {
    attempted: sum((row) => row.attempted),
    emitted: sum((row) => row.emitted),
    lost: total(causes),
    read: sum((row) => row.read),
    duplicate: sum((row) => row.duplicate),
    enqueued: sum((row) => row.enqueued),
    dropped: sum((row) => row.dropped),
    filtered: sum((row) => row.filtered),
    selfTest: sum((row) => row.self_test),
    canary: sum((row) => row.canary),
    merged: sum((row) => row.merged),
    discarded: total(discards),
    given: sum((row) => row.given),
    pending: last?.pending ?? 0,
    resident: last?.resident ?? 0,
    causes,
    discards,
    notes: byName(rows.map(({ notes }) => notes)),
  };
}

/**
 * Connections, of whomever, of which this host's kernel showed the programs too little: it runs no tracing program while a thread of PID 1 is current
 * (docs/decisions/0003), and that one has connections of its own. Who counts on no loss counts on none but these, and its own connections beside.
 */
export function unshown({ causes }: LedgerSums): number {
  return (causes.unseen ?? 0) + (causes.recursion ?? 0);
}

/** What the output's last account says of connections that were closed: there, and not. */
export function lastAccount({ ledgers, outputs }: Output): { readonly written: number; readonly refused: number } {
  const last = outputs.at(-1);
  expect(last?.ledger_seq, 'the last ledger record has an account behind it').toBe(ledgers.at(-1)?.seq);
  const told = last?.series.find(({ record }) => record === 'connection');
  return { written: told?.written.units ?? 0, refused: told?.refused.units ?? 0 };
}

/** The sums over a whole output that ended in order close exactly, and what it says it wrote is there. */
export function expectClosedLedger(output: Output): LedgerSums {
  const sums = sumLedger(output.ledgers);
  const told = JSON.stringify(sums);
  const closed = output.connections.filter(({ state }) => state === 'closed').length;
  const { written, refused } = lastAccount(output);
  expect(output.ledgers.filter(({ final }) => final)).toHaveLength(1);
  expect(output.ledgers.at(-1)?.final).toBe(true);
  const levels = rowsOf(output.ledgers, 'connections').map(({ pending, resident }) => Math.min(pending, resident));
  expect(Math.min(...levels), 'the lowest level').toBeGreaterThanOrEqual(0);
  expect(sums.pending + sums.resident, 'pending and resident at the end').toBe(0);
  const { lost, dropped, filtered, selfTest, canary, merged, discarded } = sums;
  const own = selfTest + canary;
  expect(sums.attempted, told).toBe(closed + refused + lost + dropped + filtered + own + merged + discarded);
  // recursion is not known to the per-CPU counters of a close; it is part of attempted all the same
  expect(sums.attempted, 'I1').toBe(sums.emitted + lost);
  expect(sums.read - sums.duplicate, 'I2').toBe(sums.emitted);
  expect(sums.read, 'I3').toBe(sums.duplicate + sums.enqueued + dropped);
  expect(sums.enqueued, 'I5').toBe(sums.given + filtered + own + merged + discarded);
  expect(sums.given, 'I8').toBe(closed + refused);
  expect(written, 'written').toBe(closed);
  expectSequence(output);
  return sums;
}

/** seq counts every connection record, and each ledger record covers those since the one before. */
function expectSequence(output: Output): void {
  const numbers = output.connections.map(({ seq }) => seq);
  const broken = numbers.findIndex((seq, index) => seq !== index + 1);
  expect(broken, 'first record whose seq does not follow').toBe(-1);
  let next = 1;
  for (const { series } of rowsOf(output.ledgers, 'connections')) {
    expect(series.map(({ record }) => record)).toEqual(['connection']);
    const { first_seq: first, last_seq: last } = series[0]!;
    if (first === null || last === null) continue;
    expect(first).toBe(next);
    next = last + 1;
  }
  expect(next).toBe(numbers.length + 1);
}

/** No stage lost, dropped or refused a connection. */
export function expectNoLoss(output: Output): void {
  const { causes, discards, dropped } = sumLedger(output.ledgers);
  const some = (counts: Readonly<Record<string, number>>) => Object.entries(counts).filter(([, count]) => count !== 0);
  const { refused } = lastAccount(output);
  expect({ lost: some(causes), dropped, discarded: some(discards), refused }).toEqual({
    lost: [],
    dropped: 0,
    discarded: [],
    refused: 0,
  });
}
