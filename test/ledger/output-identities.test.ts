import { expect, test } from 'vitest';
import { IdentityCheck } from '../../src/ledger/identities.js';
import { RecordCounts } from '../../src/ledger/record-counts.js';
import type { Output as OutputRecord } from '../../src/sinks/generated/output.js';
import { emptyAccount, emptyLedger } from '../support/ledger-record.js';

const counts = (number: number) => ({ records: number, units: number });
const NOTHING = new RecordCounts();
const NO_SPOOL = { acked: null, dead_lettered: null, expired: null };

/** Two intervals of ten closed connections each; the output holds all of the first and seven of the second. */
function violations(account: (record: OutputRecord) => OutputRecord | null): string[] {
  const check = new IdentityCheck();
  let written = 0;
  for (const [i, held] of [10, 7].entries()) {
    const series = [{ record: 'connection', first_seq: 10 * i + 1, last_seq: 10 * i + 10 }];
    const sums = { attempted: 10, emitted: 10, read: 10, enqueued: 10, given: 10 };
    const accounts = [{ ...emptyAccount('connections'), ...sums, series }];
    const found = new RecordCounts();
    found.add('connection', held, held);
    check.ledger({ ...emptyLedger('h', 'b'), seq: i + 1, final: i === 1, accounts }, found);
    written += held;
    const refused = 10 * (i + 1) - written;
    const record = account({
      host: 'h',
      boot_id: 'b',
      run: 0,
      seq: i + 1,
      ledger_seq: i + 1,
      series: [
        { record: 'connection', written: counts(written), refused: counts(refused), ...NO_SPOOL },
        { record: 'ledger', written: { records: i + 1, units: 0 }, refused: counts(0), ...NO_SPOOL },
      ],
      spool_first: null,
    });
    if (record !== null) check.output(record, NOTHING);
  }
  return check.end(NOTHING).map(({ identity }) => identity);
}

test('what the output says it refused is accounted for; without its word it is missing', () => {
  expect(violations((record) => record)).toEqual([]);
  expect(violations(() => null)).toEqual(['I8', 'seq', 'I8']);
});

test('an account that claims more, or less, than stands there is found', () => {
  const places = [
    [0, 'written', 'units'],
    [0, 'written', 'records'],
    [1, 'written', 'records'],
    [0, 'refused', 'units'],
  ] as const;
  for (const off of [-1, 1]) {
    for (const [at, part, kind] of places) {
      const found = violations((record) => {
        record.series[at]![part][kind] += off;
        return record;
      });
      expect(found, `${at} ${part} ${kind}`).toContain('I9');
    }
  }
});

test('a record that stands for several intervals closes the running numbers; one that skips them does not', () => {
  const seqs = (intervals: number) => {
    const check = new IdentityCheck();
    check.ledger({ ...emptyLedger('h', 'b'), seq: 1 }, NOTHING);
    check.ledger({ ...emptyLedger('h', 'b'), seq: 5, intervals, final: true }, NOTHING);
    return check.end(NOTHING).map(({ identity }) => identity);
  };
  expect(seqs(4)).toEqual([]);
  expect(seqs(3)).toEqual(['seq']);
  expect(seqs(1)).toEqual(['seq']);
});

/** Both records say this of the connections, the second in place of the first's where it is given. */
function spooled(first: number | null, ...fates: [acked: number, dead: number, expired: number][]): string[] {
  return violations((record) => {
    const [acked, dead, expired] = fates[record.seq - 1] ?? fates[0]!;
    const fate = { acked: counts(acked), dead_lettered: counts(dead), expired: counts(expired) };
    return {
      ...record,
      spool_first: first,
      series: record.series.map((each, i) => (i === 0 ? { ...each, ...fate } : each)),
    };
  });
}

test('of what a spool was given, no more can have come out than went in', () => {
  expect(spooled(1, [5, 3, 2])).toEqual([]);
  expect(spooled(1, [5, 3, 2], [9, 5, 3])).toEqual([]);
  expect(spooled(1, [6, 3, 2])).toEqual(['I7', 'I7']);
  expect(spooled(1, [10, 0, 0], [10, 7, 1])).toEqual(['I7', 'I7']);
});

test('what earlier runs gave it comes out as well', () => {
  expect(spooled(501, [300, 100, 100])).toEqual([]);
});

test('what came out stays out', () => {
  expect(spooled(501, [300, 0, 5], [299, 0, 5])).toEqual(['I7', 'I7']);
  expect(spooled(501, [300, 0, 5], [300, 1, 4])).toEqual(['I7', 'I7']);
});

test('an earlier version says nothing of it', () => {
  const old = ({ spool_first: _, ...record }: OutputRecord): OutputRecord =>
    ({
      ...record,
      series: record.series.map(({ record, written, refused }) => ({
        record,
        written,
        refused,
      })) as OutputRecord['series'],
    }) as OutputRecord;
  expect(violations(old)).toEqual([]);
});
