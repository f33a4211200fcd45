/** The ledger's identities, from the output alone. */
import { expect } from 'vitest';
import type { LedgerLine, Output } from './output.js';

export interface LedgerSums {
  readonly attempted: number;
  readonly emitted: number;
  readonly lost: number;
  readonly dropped: number;
  readonly filtered: number;
  readonly selfTest: number;
  readonly evicted: number;
  readonly written: number;
  readonly refused: number;
  readonly enqueued: number;
  readonly caught: number;
  /** Of the last record: what had not arrived yet. */
  readonly pending: number;
  readonly resident: number;
  readonly skippedIo: number;
  readonly causes: Readonly<Record<string, number>>;
}

export function sumLedger(ledgers: readonly LedgerLine[]): LedgerSums {
  const sum = (pick: (ledger: LedgerLine) => number) => ledgers.reduce((total, ledger) => total + pick(ledger), 0);
  const causes: Record<string, number> = {};
  for (const { kernel } of ledgers) {
    for (const [cause, count] of Object.entries(kernel.lost)) causes[cause] = (causes[cause] ?? 0) + count;
  }
  const last = ledgers.at(-1);
  return {
    attempted: sum(({ kernel }) => kernel.attempted),
    emitted: sum(({ kernel }) => kernel.emitted),
    lost: Object.values(causes).reduce((total, count) => total + count, 0),
    dropped: sum(({ ring }) => ring.dropped),
    enqueued: sum(({ ring }) => ring.enqueued),
    filtered: sum(({ pipeline }) => pipeline.filtered),
    selfTest: sum(({ pipeline }) => pipeline.self_test),
    evicted: sum(({ pipeline }) => pipeline.evicted),
    written: sum(({ sink }) => sink.written),
    refused: sum(({ sink }) => sink.dropped),
    skippedIo: sum(({ kernel }) => kernel.skipped_io),
    caught: sum(({ kernel }) => kernel.caught),
    pending: last?.kernel.pending ?? 0,
    resident: last?.pipeline.resident ?? 0,
    causes,
  };
}

/** The sums over a whole output that ended in order close exactly, and what it says it wrote is there. */
export function expectClosedLedger(output: Output): LedgerSums {
  const sums = sumLedger(output.ledgers);
  const closed = output.connections.filter(({ state }) => state === 'closed').length;
  expect(output.ledgers.filter(({ final }) => final)).toHaveLength(1);
  expect(output.ledgers.at(-1)?.final).toBe(true);
  const levels = output.ledgers.map(({ kernel, pipeline }) => Math.min(kernel.pending, pipeline.resident));
  expect(Math.min(...levels), 'the lowest level').toBeGreaterThanOrEqual(0);
  expect(sums.pending + sums.resident, 'pending and resident at the end').toBe(0);
  expect(sums.attempted, JSON.stringify(sums)).toBe(
    closed + sums.lost + sums.dropped + sums.filtered + sums.selfTest + sums.evicted + sums.refused,
  );
  // recursion is not known to the per-CPU counters of a close; it is part of attempted all the same
  expect(sums.attempted, 'I1').toBe(sums.emitted + sums.lost);
  expect(sums.enqueued + sums.dropped, 'I4').toBe(sums.emitted);
  expect(sums.written, 'written').toBe(closed);
  expectSequence(output);
  return sums;
}

/** seq counts every connection record, and each ledger record covers those since the one before. */
function expectSequence(output: Output): void {
  const numbers = output.connections.map(({ seq }) => seq);
  const broken = numbers.findIndex((seq, index) => seq !== index + 1);
  expect(broken, 'first record whose seq does not follow').toBe(-1);
  let next = 1;
  for (const { first_seq: first, last_seq: last } of output.ledgers) {
    if (first === null || last === null) continue;
    expect(first).toBe(next);
    next = last + 1;
  }
  expect(next).toBe(numbers.length + 1);
}

/** No stage lost, dropped or refused a connection. */
export function expectNoLoss(output: Output): void {
  const { causes, dropped, evicted, refused } = sumLedger(output.ledgers);
  const lost = Object.entries(causes).filter(([, count]) => count !== 0);
  expect({ lost, dropped, evicted, refused }).toEqual({ lost: [], dropped: 0, evicted: 0, refused: 0 });
}
