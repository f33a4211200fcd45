import type { Ledger } from './generated/ledger.js';

/**
 * One ledger record for two of one output that follow each other: shares are added up, levels (pending, resident) are those of the later
 * one. Whatever holds of the sums over an output holds of it as well.
 */
export function joinLedgers(earlier: Ledger, later: Ledger): Ledger {
  const { kernel, reader, ring, pipeline, sink } = later;
  return {
    ...later,
    intervals: earlier.intervals + later.intervals,
    interval: { start: earlier.interval.start, end: later.interval.end },
    first_seq: earlier.first_seq ?? later.first_seq,
    last_seq: later.last_seq ?? earlier.last_seq,
    kernel: {
      ...added(earlier.kernel, kernel),
      pending: kernel.pending,
      lost: added(earlier.kernel.lost, kernel.lost),
    },
    reader: added(earlier.reader, reader),
    ring: added(earlier.ring, ring),
    pipeline: { ...added(earlier.pipeline, pipeline), resident: pipeline.resident },
    sink: added(earlier.sink, sink),
  };
}

/** Every number of both added up; what is no number is the second's. */
function added<T extends object>(first: T, second: T): T {
  const sum = { ...second };
  for (const name of Object.keys(second) as (keyof T)[]) {
    const [a, b] = [first[name], second[name]];
    if (typeof a === 'number' && typeof b === 'number') sum[name] = (a + b) as T[keyof T];
  }
  return sum;
}
