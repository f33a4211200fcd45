/** Ledger records and output records of connections alone. */
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import type { Output } from '../../src/sinks/generated/output.js';
import { emptyAccount, emptyLedger } from './ledger-record.js';

/** A ledger record that says of its interval that connection records with these numbers were given, `given` of them of closed ones. */
export function connectionLedger(seq: number, first: number | null, last: number | null, given = 0): Ledger {
  const series = [{ record: 'connection', first_seq: first, last_seq: last }];
  return { ...emptyLedger('testhost', 'boot'), seq, accounts: [{ ...emptyAccount('connections'), series, given }] };
}

/** What an output record says of a record type; of nothing, where it says nothing. */
export function told({ series }: Pick<Output, 'series'>, record: string) {
  const none = { records: 0, units: 0 };
  return series.find((each) => each.record === record) ?? { record, written: none, refused: none };
}
