import { expect, test } from 'vitest';
import { LedgerSums } from '../../src/ledger/identities.js';
import { joinLedgers } from '../../src/ledger/join-ledgers.js';
import { emptyLedger } from '../../src/ledger/ledger-record.js';
import { randomLedger } from '../encoding/random-ledger.js';

test('whatever is summed over ledger records is the same over a joined one', () => {
  for (let seed = 0; seed < 200; seed++) {
    const parts = [0, 1, 2].map((i) => randomLedger(3 * seed + i));
    const joined = parts.reduce(joinLedgers);
    const [apart, together] = [new LedgerSums(), new LedgerSums()];
    for (const part of parts) apart.add({ ...part, first_seq: null, last_seq: null });
    together.add({ ...joined, first_seq: null, last_seq: null });
    expect(together).toEqual(apart);
    for (const count of ['caught', 'skipped_runs', 'skipped_io', 'unnamed'] as const) {
      expect(joined.kernel[count]).toBe(parts.reduce((sum, { kernel }) => sum + kernel[count], 0));
    }
    expect(joined.intervals).toBe(parts.reduce((sum, { intervals }) => sum + intervals, 0));
    expect(joined.interval).toEqual({ start: parts[0]!.interval.start, end: parts[2]!.interval.end });
    expect([joined.seq, joined.final]).toEqual([parts[2]!.seq, parts[2]!.final]);
  }
});

test('the running numbers span those of both, where there are any', () => {
  const numbers = (first_seq: number | null, last_seq: number | null) => ({
    ...emptyLedger('h', 'b'),
    first_seq,
    last_seq,
  });
  expect(joinLedgers(numbers(1, 5), numbers(6, 9))).toMatchObject({ first_seq: 1, last_seq: 9 });
  expect(joinLedgers(numbers(null, null), numbers(6, 9))).toMatchObject({ first_seq: 6, last_seq: 9 });
  expect(joinLedgers(numbers(1, 5), numbers(null, null))).toMatchObject({ first_seq: 1, last_seq: 5 });
});
