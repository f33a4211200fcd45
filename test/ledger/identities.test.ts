import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import { IdentityCheck, type IdentityName, type OutputCount, type Violation } from '../../src/ledger/identities.js';
import { LedgerAccount, type LedgerTotals, nothing } from '../../src/ledger/ledger-account.js';
import { READER_FIELDS, type ReaderSums } from '../../src/ledger/reader-sums.js';

const ZERO = Object.fromEntries(READER_FIELDS.map((field) => [field, 0])) as ReaderSums;

/** A sound run: 100 closes in two intervals, with every kind of loss. */
function totals(part: 1 | 2): LedgerTotals {
  const [attempted, lost, ringDropped, filtered, selfTest, evicted, refused] =
    part === 1 ? [50, 2, 3, 4, 1, 1, 0] : [100, 7, 9, 6, 4, 1, 2];
  const pending = part === 1 ? 5 : 0;
  const emitted = attempted - lost - pending;
  const enqueued = emitted - ringDropped;
  const written = enqueued - filtered - selfTest - evicted - refused;
  return {
    readers: {
      ...ZERO,
      attempted,
      emitted,
      pending,
      lost_buffer_full: lost - 1,
      lost_recursion: 1,
      read: emitted + 11,
      duplicate: 11,
      enqueued,
      dropped: ringDropped,
    },
    pipeline: { enqueued, filtered, selfTest, discarded: evicted },
    sink: { written, dropped: refused, seq: written + refused + 10 },
  };
}

interface Run {
  ledgers: Ledger[];
  counts: OutputCount[];
  tail: OutputCount;
}

function run(): Run {
  const account = new LedgerAccount(1000, nothing(ZERO));
  const meta = { host: 'h', bootId: 'b', run: 0 };
  const first = account.close(totals(1), { ...meta, final: false, end: 2000 });
  const second = account.close(totals(2), { ...meta, final: true, end: 3000 });
  const counts = [first, second].map(({ sink, first_seq, last_seq }) => ({
    closed: sink.written,
    records: last_seq! - first_seq! + 1 - sink.dropped,
  }));
  return { ledgers: [first, second], counts, tail: { closed: 0, records: 0 } };
}

function check({ ledgers, counts, tail }: Run): Violation[] {
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
      seq: 1,
      final: false,
      interval: { start: 1000, end: 2000 },
      first_seq: 1,
      kernel: { attempted: 50, pending: 5, lost: { buffer_full: 1, recursion: 1 } },
      pipeline: { filtered: 4, self_test: 1, resident: 0 },
    });
    expect(second).toMatchObject({
      seq: 2,
      final: true,
      interval: { start: 2000, end: 3000 },
      first_seq: first!.last_seq! + 1,
      kernel: { attempted: 50, pending: 0, lost: { buffer_full: 5, recursion: 0 } },
      pipeline: { filtered: 2, self_test: 3 },
      sink: { dropped: 2 },
    });
  });

  it('has no running numbers in an interval without records', () => {
    const account = new LedgerAccount(0, totals(1));
    expect(account.close(totals(1), { host: '', bootId: '', run: 0, final: false, end: 1 })).toMatchObject({
      first_seq: null,
      last_seq: null,
      kernel: { attempted: 0 },
      sink: { written: 0 },
    });
  });
});

describe('connections that arrived before the counters that announce them', () => {
  it('are told as read and enqueued, and every record closes', () => {
    const announced = totals(1);
    // A reader's counters are older than 21 of its connections that are here.
    const { read, enqueued } = announced.readers;
    const early = { ...announced, readers: { ...announced.readers, read: read - 21, enqueued: enqueued - 21 } };
    const account = new LedgerAccount(1000, nothing(ZERO));
    const meta = { host: 'h', bootId: 'b', run: 0 };
    const { ledgers, ...output } = run();
    const again = [
      account.close(early, { ...meta, final: false, end: 2000 }),
      account.close(totals(2), { ...meta, final: true, end: 3000 }),
    ];
    expect(again).toEqual(ledgers);
    expect(check({ ledgers: again, ...output })).toEqual([]);
  });
});

describe('IdentityCheck', () => {
  it('finds a sound output sound', () => {
    expect(check(run())).toEqual([]);
  });

  it.each<[string, (run: Run) => void, IdentityName[]]>([
    ['a close that was never emitted', ({ ledgers }) => ledgers[0]!.kernel.attempted++, ['I1', 'I1', 'I8']],
    ['a loss that is missing at the end', ({ ledgers }) => ledgers[1]!.kernel.lost.buffer_full--, ['I1', 'I8']],
    ['a record that was read and vanished', ({ ledgers }) => ledgers[1]!.reader.read++, ['I3', 'I2', 'I4']],
    [
      'a batch that was emitted and never read',
      ({ ledgers }) => {
        ledgers[1]!.kernel.emitted++;
        ledgers[1]!.kernel.attempted++;
      },
      ['I2', 'I8'],
    ],
    ['a frame that vanished in a ring', ({ ledgers }) => ledgers[0]!.ring.enqueued--, ['I3', 'I5', 'I3', 'I5', 'I4']],
    ['a filtered connection not counted', ({ ledgers }) => ledgers[1]!.pipeline.filtered--, ['I5', 'I8']],
    ['a connection of the self-test not counted', ({ ledgers }) => ledgers[1]!.pipeline.self_test--, ['I5', 'I8']],
    [
      'a record missing from the output',
      ({ counts }) => {
        counts[0]!.closed--;
        counts[0]!.records--;
      },
      ['I8', 'I8'],
    ],
    ['a record twice in the output', ({ counts }) => counts[1]!.closed++, ['I8', 'I8']],
    [
      'a missing ledger record',
      (run) => {
        run.ledgers.shift();
        run.counts.shift();
      },
      ['seq', 'seq', 'I1', 'I8'],
    ],
    [
      'records behind the last ledger record',
      (run) => {
        run.tail = { closed: 1, records: 1 };
      },
      ['seq'],
    ],
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
        run.ledgers.push({ ...run.ledgers[1]!, seq: 3, final: false, first_seq: null, last_seq: null });
        run.counts.push(run.counts[1]!);
      },
      ['end', 'end'],
    ],
    [
      'running numbers that overlap',
      ({ ledgers }) => {
        ledgers[1]!.first_seq!--;
      },
      ['seq'],
    ],
    [
      'running numbers backwards',
      ({ ledgers }) => {
        ledgers[1]!.last_seq = 1;
      },
      ['seq'],
    ],
    [
      'half a running number',
      ({ ledgers }) => {
        ledgers[1]!.first_seq = null;
      },
      ['seq'],
    ],
  ])('finds %s', (_, spoil, names) => {
    const spoiled = run();
    spoil(spoiled);
    const found = check(spoiled).map(({ identity }) => identity);
    expect(found).toEqual(expect.arrayContaining(names));
    expect(found.length).toBeGreaterThan(0);
  });

  it('finds a gap in the running numbers when no sink refused anything', () => {
    const { ledgers, counts, tail } = run();
    for (const ledger of ledgers) ledger.sink.dropped = 0;
    ledgers[1]!.pipeline.filtered += 2;
    expect(check({ ledgers, counts, tail })).toMatchObject([{ identity: 'seq', left: 81, right: 83 }]);
  });

  it('names the equation and both sides', () => {
    const spoiled = run();
    spoiled.ledgers[0]!.kernel.attempted = 51;
    expect(check(spoiled)[0]).toEqual({
      identity: 'I1',
      rule: 'Σ kernel.attempted = Σ emitted + pending + Σ lost',
      left: 51,
      right: 50,
      ledgerSeq: 1,
    });
  });

  it('keeps a bounded number of violations and counts the rest', () => {
    const identities = new IdentityCheck(3);
    const { ledgers } = run();
    for (let i = 0; i < 5; i++) identities.ledger(ledgers[0]!, { closed: 0, records: 0 });
    expect(identities.violations).toHaveLength(3);
    expect(identities.suppressed).toBeGreaterThan(0);
  });
});
