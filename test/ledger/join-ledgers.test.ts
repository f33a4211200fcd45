import { expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import { joinLedgers } from '../../src/ledger/join-ledgers.js';
import { LedgerSums } from '../../src/ledger/row-sums.js';
import { emptyLedger } from '../support/ledger-record.js';
import { row, run } from './run.js';

test('whatever is summed over ledger records is the same over a joined one', () => {
  const { ledgers } = run();
  const joined = ledgers.reduce(joinLedgers);
  const [apart, together] = [new LedgerSums(), new LedgerSums()];
  for (const { accounts } of ledgers) apart.add(accounts);
  together.add(joined.accounts);
  expect(together).toEqual(apart);
  expect(joined).toMatchObject({ intervals: 2, interval: { start: 1000, end: 3000 }, seq: 2, final: true });
});

test('the running numbers span those of both, where there are any', () => {
  const numbers = (first_seq: number | null, last_seq: number | null): Ledger => ({
    ...emptyLedger('h', 'b'),
    accounts: [{ ...row(run().ledgers[0]!), series: [{ record: 'connection', first_seq, last_seq }] }],
  });
  const joined = (a: Ledger, b: Ledger) => joinLedgers(a, b).accounts[0]!.series[0];
  expect(joined(numbers(1, 5), numbers(6, 9))).toMatchObject({ first_seq: 1, last_seq: 9 });
  expect(joined(numbers(null, null), numbers(6, 9))).toMatchObject({ first_seq: 6, last_seq: 9 });
  expect(joined(numbers(1, 5), numbers(null, null))).toMatchObject({ first_seq: 1, last_seq: 5 });
});

test('a row that began later is kept', () => {
  const [first, second] = run().ledgers;
  const joined = joinLedgers({ ...first!, accounts: [first!.accounts[0]!] }, second!);
  expect(joined.accounts[1]).toEqual(second!.accounts[1]);
});
