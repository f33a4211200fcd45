import type { Account, Ledger } from '../../src/ledger/generated/ledger.js';
import { LedgerAccount } from '../../src/ledger/ledger-account.js';
import { RecordCounts } from '../../src/ledger/record-counts.js';
import type { RowTotals } from '../../src/ledger/row-totals.js';

/** A sound run of two intervals: 100 closes with every kind of loss, of which part is over at the first flush. */
export function totals(part: 1 | 2): RowTotals {
  const [attempted, lost, dropped, filtered, selfTest, canary, discarded, unencodable, merged] =
    part === 1 ? [50, 2, 3, 4, 1, 2, 1, 0, 1] : [100, 7, 9, 6, 4, 8, 1, 2, 3];
  const pending = part === 1 ? 5 : 0;
  const resident = part === 1 ? 2 : 0;
  const emitted = attempted - lost - pending;
  const enqueued = emitted - dropped;
  const given = enqueued - filtered - selfTest - canary - merged - discarded - unencodable - resident;
  return {
    feature: 'connections',
    unit: 'connections',
    series: [{ record: 'connection', seq: given + unencodable + 10 }],
    attempted,
    emitted,
    pending,
    lost: { buffer_full: lost - 1, recursion: 1 },
    read: emitted + 11,
    duplicate: 11,
    enqueued,
    dropped,
    filtered,
    self_test: selfTest,
    canary,
    merged,
    discarded: { repeated: discarded, unencodable },
    resident,
    given,
    notes: { torn: part },
  };
}

/** Totals of another feature, whose units go into two series. */
export function others(part: 1 | 2): RowTotals {
  const events = 10 * part;
  return {
    ...totals(2),
    feature: 'others',
    unit: 'events',
    series: [
      { record: 'a', seq: events },
      { record: 'b', seq: part },
    ],
    attempted: events,
    emitted: events,
    pending: 0,
    lost: {},
    read: events,
    duplicate: 0,
    enqueued: events,
    dropped: 0,
    filtered: 0,
    self_test: 0,
    canary: 0,
    merged: 0,
    discarded: {},
    resident: 0,
    given: events,
    notes: {},
  };
}

export const META = { host: 'h', bootId: 'b', run: 7, hooks: [], assets: [] };

export interface Run {
  ledgers: Ledger[];
  counts: RecordCounts[];
  tail: RecordCounts;
}

export function run(): Run {
  const account = new LedgerAccount(1000, null);
  const ledgers = [
    account.close([totals(1), others(1)], { ...META, final: false, end: 2000 }),
    account.close([totals(2), others(2)], { ...META, final: true, end: 3000 }),
  ];
  return { ledgers, counts: ledgers.map(countsOf), tail: new RecordCounts() };
}

/** What the output holds between a ledger record and the one before. */
export function countsOf({ accounts }: Ledger): RecordCounts {
  const counts = new RecordCounts();
  for (const { series, given, discarded } of accounts) {
    for (const [i, { record, first_seq, last_seq }] of series.entries()) {
      const records = last_seq === null ? 0 : last_seq - first_seq! + 1 - (i === 0 ? (discarded.unencodable ?? 0) : 0);
      counts.add(record, records, i === 0 ? given : 0);
    }
  }
  return counts;
}

/** The row of connections of a ledger record. */
export function row(ledger: Ledger): Account {
  return ledger.accounts[0]!;
}
