import { expect, test } from 'vitest';
import { LedgerTally, ledgerLines } from '../../src/cli/ledger-tally.js';
import { emptyLedger } from '../../src/ledger/ledger-record.js';

function tally(): LedgerTally {
  const sum = new LedgerTally();
  for (const final of [false, true]) {
    const record = emptyLedger('h', 'b');
    record.final = final;
    record.interval = { start: final ? 2_000_000 : 1_000_000, end: final ? 3_500_000 : 2_000_000 };
    record.kernel.attempted = 1009;
    record.kernel.lost.buffer_full = 5;
    record.ring.dropped = 2;
    record.pipeline.filtered = 11;
    record.sink.written = 991;
    sum.add(record);
  }
  return sum;
}

test('sums every interval, and names each loss with its remedy', () => {
  expect(ledgerLines(tally(), 3)).toEqual([
    '2,018 connections closed in 2.5 s: 1,979 written, 22 filtered, 0 held, 17 lost',
    'lost: 10 kernel buffer full (--kernel-buffer), 4 shared ring full (--ring-size), 3 not written by the output',
  ]);
});

test('says when the end is missing', () => {
  expect(ledgerLines(new LedgerTally(), 0)).toEqual([
    '0 connections closed in 0.0 s: 0 written, 0 filtered, 0 held, 0 lost (not final)',
  ]);
});
