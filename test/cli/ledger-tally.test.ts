import { expect, test } from 'vitest';
import { LedgerTally, ledgerLines, lossLines, type Outcome, outputLine } from '../../src/cli/ledger-tally.js';
import type { RowSums } from '../../src/ledger/row-sums.js';
import { emptyAccount, emptyLedger } from '../support/ledger-record.js';

const NOTHING = { written: 0, refused: 0, unread: 0 };
/** What became of connections; of others all is written. */
const outcome =
  (connections: Outcome) =>
  (row: RowSums): Outcome =>
    row.feature === 'connections' ? connections : { ...NOTHING, written: row.given };

function tally(): LedgerTally {
  const sum = new LedgerTally();
  for (const final of [false, true]) {
    const record = emptyLedger('h', 'b');
    record.final = final;
    record.interval = { start: final ? 2_000_000 : 1_000_000, end: final ? 3_500_000 : 2_000_000 };
    record.accounts = [
      {
        ...emptyAccount('connections'),
        attempted: 1009,
        lost: { buffer_full: 5 },
        dropped: 2,
        filtered: 11,
        given: 991,
      },
      { ...emptyAccount('oom_kill', 'kills'), attempted: 2, given: 1, discarded: { impossible: 1 } },
    ];
    sum.take(record);
  }
  return sum;
}

test('sums every interval, and names each loss with its remedy', () => {
  expect(ledgerLines(tally(), outcome({ written: 1979, refused: 3, unread: 0 }))).toEqual([
    '2,018 connections closed in 2.5 s: 1,979 written, 22 filtered, 0 held, 17 lost',
    'lost: 10 kernel buffer full (--kernel-buffer), 4 shared ring full (--ring-size), 3 not written by the output',
    '4 kills of oom_kill in 2.5 s: 2 written, 0 filtered, 0 held, 2 lost',
    'lost: 2 with counts or times that cannot be',
  ]);
});

test('what is not believed is no loss', () => {
  const sum = new LedgerTally();
  const record = emptyLedger('h', 'b');
  record.final = true;
  record.interval = { start: 1_000_000, end: 2_000_000 };
  record.accounts = [
    { ...emptyAccount('connections'), attempted: 0 },
    // Of a feature that does not set it aside, the same cause is a loss.
    { ...emptyAccount('oom_kill', 'kills'), attempted: 2, discarded: { late: 2 } },
    { ...emptyAccount('dns', 'messages'), attempted: 9, given: 4, discarded: { incomplete: 1, late: 3, bad_name: 1 } },
  ];
  sum.take(record);
  expect(ledgerLines(sum, outcome(NOTHING)).slice(1)).toEqual([
    '2 kills of oom_kill in 1.0 s: 0 written, 0 filtered, 0 held, 2 lost',
    expect.stringMatching(/^lost: 2 /),
    '9 messages of dns in 1.0 s: 4 written, 4 not believed, 0 filtered, 0 held, 1 lost',
    'lost: 1 in pieces of messages of which others were missing',
    'not believed: 3 to a query that was over, 1 with a broken name',
  ]);
  expect(lossLines(sum, 0).slice(1)).toEqual(['messages: 1 in pieces of messages of which others were missing']);
  expect(sum.lost).toBe(3);
});

test('says when the end is missing', () => {
  expect(ledgerLines(new LedgerTally(), () => NOTHING)).toEqual([
    '0 connections closed in 0.0 s: 0 written, 0 filtered, 0 held, 0 lost (not final)',
  ]);
});

test('what came when nobody read any more is neither written nor lost', () => {
  expect(ledgerLines(tally(), outcome({ written: 1977, refused: 0, unread: 5 }))[0]).toBe(
    '2,018 connections closed in 2.5 s: 1,977 written, 22 filtered, 0 held, 14 lost, 5 after its reader had gone',
  );
});

test('an output beside the first has a line when it did not take all', () => {
  expect(outputLine('standard output', { written: 1982, refused: 0, unread: 0 })).toBeNull();
  expect(outputLine('standard output', { written: 1100, refused: 7, unread: 875 })).toBe(
    'standard output: 1,100 written, 7 lost, 875 after its reader had gone',
  );
});
