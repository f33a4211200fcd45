import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/ledger/generated/ledger.js';
import { IdentityCheck } from '../../src/ledger/identities.js';
import { LedgerAccount } from '../../src/ledger/ledger-account.js';
import { RecordCounts } from '../../src/ledger/record-counts.js';
import { withoutHeld } from '../../src/ledger/row-totals.js';
import type { IdentityName, Violation } from '../../src/ledger/violations.js';
import { emptyAccount, emptyLedger } from '../support/ledger-record.js';
import { countsOf, META, others, type Run, row, run, totals } from './run.js';

function check({ ledgers, counts, tail }: Run): readonly Violation[] {
  const identities = new IdentityCheck();
  for (const [i, ledger] of ledgers.entries()) identities.ledger(ledger, counts[i]!);
  return identities.end(tail);
}

describe('LedgerAccount', () => {
  it('gives each interval its own share, and levels as they are', () => {
    const [first, second] = run().ledgers;
    expect(first).toMatchObject({
      host: 'h',
      boot_id: 'b',
      run: 7,
      seq: 1,
      final: false,
      interval: { start: 1000, end: 2000 },
      accounts: [
        {
          feature: 'connections',
          series: [{ record: 'connection', first_seq: 1 }],
          attempted: 50,
          pending: 5,
          resident: 2,
          lost: { buffer_full: 1, recursion: 1 },
          filtered: 4,
          self_test: 1,
          canary: 2,
        },
        {
          feature: 'others',
          series: [
            { record: 'a', first_seq: 1, last_seq: 10 },
            { record: 'b', last_seq: 1 },
          ],
        },
      ],
    });
    expect(second).toMatchObject({
      seq: 2,
      final: true,
      interval: { start: 2000, end: 3000 },
      accounts: [
        {
          series: [{ first_seq: row(first!).series[0]!.last_seq! + 1 }],
          attempted: 50,
          pending: 0,
          lost: { buffer_full: 5, recursion: 0 },
          filtered: 2,
          discarded: { unencodable: 2 },
          notes: { torn: 1 },
        },
        { attempted: 10 },
      ],
    });
  });

  it('has no running numbers in an interval without records', () => {
    const account = new LedgerAccount(0, [totals(2)]);
    expect(account.close([totals(2)], { ...META, final: false, end: 1 }).accounts).toMatchObject([
      { series: [{ first_seq: null, last_seq: null }], attempted: 0, given: 0 },
    ]);
  });

  it('begins for a late output with what was held as if it had yet to come', () => {
    const account = new LedgerAccount(2000, [withoutHeld(totals(1)), withoutHeld(others(1))]);
    const late = account.close([totals(2), others(2)], { ...META, final: true, end: 3000 });
    for (const { series } of late.accounts) {
      for (const range of series) {
        // The output's own numbers begin with it.
        const before = range.first_seq! - 1;
        range.first_seq = 1;
        range.last_seq! -= before;
      }
    }
    late.seq = 1;
    expect(check({ ledgers: [late], counts: [countsOf(late)], tail: new RecordCounts() })).toEqual([]);
  });
});

describe('IdentityCheck', () => {
  it('finds records that no row of the ledger gives', () => {
    const { ledgers, counts, tail } = run();
    for (const ledger of ledgers) ledger.accounts = ledger.accounts.filter(({ feature }) => feature !== 'others');
    const rules = check({ ledgers, counts, tail }).map(({ of, left, right }) => [of, left, right]);
    expect(rules).toEqual([
      ['a', 20, 0],
      ['b', 2, 0],
    ]);
  });

  it('keeps to a bound when a file has any number of rows and causes', () => {
    const checking = new IdentityCheck();
    for (let i = 0; i < 1000; i++) {
      const account = { ...emptyAccount(`f${i}`), lost: { [`l${i}`]: 1 } };
      const same = {
        ...emptyAccount('same'),
        lost: { [`l${i}`]: 1 },
        series: [{ record: `r${i}`, first_seq: 1, last_seq: 1 }],
      };
      checking.ledger({ ...emptyLedger('h', 'b'), seq: i + 1, accounts: [same, account] }, new RecordCounts());
    }
    expect(checking.sums.rows.size).toBe(64);
    expect(checking.sums.rows.get('same')!.lost.size).toBe(64);
    expect(checking.sums.rows.get('same')!.claimed.size).toBe(64);
  });

  it('finds a sound output sound', () => {
    expect(check(run())).toEqual([]);
  });

  const first = ({ ledgers }: Run): Account => row(ledgers[0]!);
  const last = ({ ledgers }: Run): Account => row(ledgers[1]!);

  it.each<[string, (run: Run) => void, IdentityName[]]>([
    ['a close that was never emitted', (run) => first(run).attempted++, ['I1', 'I1']],
    ['a loss that is missing at the end', (run) => last(run).lost.buffer_full!--, ['I1']],
    ['100 that were read and vanished', (run) => (last(run).read += 100), ['I3', 'I2']],
    [
      '100 that were emitted and never read',
      (run) => {
        last(run).emitted += 100;
        last(run).attempted += 100;
      },
      ['I2'],
    ],
    ['100 that vanished in a ring', (run) => (first(run).enqueued -= 100), ['I3', 'I5']],
    ['a filtered connection not counted', (run) => last(run).filtered--, ['I5']],
    ['a connection of the self-test not counted', (run) => last(run).self_test--, ['I5']],
    ['a connection of a canary not counted', (run) => last(run).canary--, ['I5']],
    ['100 that a stage swallowed', (run) => (last(run).given -= 100), ['I5', 'I8']],
    [
      'one held in the kernel at the end',
      (run) => {
        last(run).pending = 1;
        last(run).attempted++;
      },
      ['end'],
    ],
    [
      'one held in a stage at the end',
      (run) => {
        last(run).resident = 1;
        last(run).filtered--;
      },
      ['end'],
    ],
    ['a record missing from the output', ({ counts }) => counts[0]!.add('connection', -1, -1), ['I8', 'I8', 'seq']],
    ['a record twice in the output', ({ counts }) => counts[1]!.add('connection', 1, 1), ['I8', 'I8']],
    ['a record missing from another series', ({ counts }) => counts[1]!.add('b', -1, 0), ['seq']],
    ['a count missing in another row', ({ ledgers }) => ledgers[0]!.accounts[1]!.read--, ['I3']],
    [
      'a missing ledger record',
      (run) => {
        run.ledgers.shift();
        run.counts.shift();
      },
      ['seq', 'seq', 'I1'],
    ],
    ['records behind the last ledger record', ({ tail }) => tail.add('connection', 1, 1), ['seq']],
    [
      'no final ledger record',
      (run) => {
        run.ledgers.pop();
        run.counts.pop();
      },
      ['end'],
    ],
    [
      'something behind the final one',
      (run) => {
        run.ledgers.push({ ...run.ledgers[1]!, seq: 3, final: false, accounts: [] });
        run.counts.push(new RecordCounts());
      },
      ['end', 'end'],
    ],
    ['running numbers that overlap', (run) => last(run).series[0]!.first_seq!--, ['seq']],
    ['running numbers backwards', (run) => (last(run).series[0]!.last_seq = 1), ['seq']],
    ['half a running number', (run) => (last(run).series[0]!.first_seq = null), ['seq']],
  ])('finds %s', (_, spoil, names) => {
    const spoiled = run();
    spoil(spoiled);
    const found = check(spoiled).map(({ identity }) => identity);
    expect(found).toEqual(expect.arrayContaining(names));
    expect(found.length).toBeGreaterThan(0);
  });

  it('names the row, the equation and both sides', () => {
    const spoiled = run();
    first(spoiled).attempted = 51;
    expect(check(spoiled)[0]).toEqual({
      identity: 'I1',
      of: 'connections',
      rule: 'Σ attempted = Σ emitted + pending + Σ lost',
      left: 51,
      right: 50,
      ledgerSeq: 1,
    });
  });

  it('keeps a bounded number of violations and counts the rest', () => {
    const identities = new IdentityCheck(undefined, 3);
    const { ledgers } = run();
    for (let i = 0; i < 5; i++) identities.ledger(ledgers[0]!, new RecordCounts());
    expect(identities.violations).toHaveLength(3);
    expect(identities.suppressed).toBeGreaterThan(0);
  });
});
