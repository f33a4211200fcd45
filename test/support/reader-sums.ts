import { LOST, NOTE } from '../../src/connections/layout.gen.js';
import { ACCOUNT_COLUMNS, type AccountColumn, type SourceAccounts } from '../../src/ledger/source-accounts.js';

type Lost = `lost_${keyof typeof LOST}`;
export type ReaderField = AccountColumn | Lost | keyof typeof NOTE;
/** Totals since the start over the readers of connections, in the words of the wire layout. */
export type ReaderSums = Record<ReaderField, number>;

const PLACES = {
  lost: Object.entries(LOST).map(([name, place]) => [`lost_${name}` as Lost, place] as const),
  notes: Object.entries(NOTE) as [keyof typeof NOTE, number][],
};

export const READER_FIELDS: readonly ReaderField[] = [
  ...ACCOUNT_COLUMNS,
  ...PLACES.lost.map(([name]) => name),
  ...PLACES.notes.map(([name]) => name),
];

export function readerSums(accounts: SourceAccounts): ReaderSums {
  return Object.fromEntries([
    ...ACCOUNT_COLUMNS.map((column) => [column, accounts.total(column)]),
    ...PLACES.lost.map(([name, place]) => [name, accounts.lost(place)]),
    ...PLACES.notes.map(([name, place]) => [name, accounts.note(place)]),
  ]) as ReaderSums;
}
