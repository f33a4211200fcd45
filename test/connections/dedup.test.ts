import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { BatchMemory } from '../../src/connections/batch-memory.js';
import { ConnectionCounts, DISCARDS } from '../../src/connections/counts.js';
import { dedup } from '../../src/connections/dedup.js';
import { BATCH, BATCH_CAPACITY, CONN, KIND } from '../../src/connections/layout.gen.js';
import { RecordBatch } from '../../src/connections/record-batch.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { Row } from '../../src/ledger/row.js';
import { batchPayload, conn, FrameStream, frame, type Integer, openConn } from '../support/frames.js';

/** Records whose cookies are first … last. */
function records(first: number, last: number): Uint8Array[] {
  return Array.from({ length: last - first + 1 }, (_, i) => conn({ cookie: first + i }));
}

const FULL = records(1, BATCH_CAPACITY);
const CPUS = 64;

let frames: Subject<FrameView>;
let memory: BatchMemory;
let counts: ConnectionCounts;
let row: Row;
let out: number[];
let stream: FrameStream;

beforeEach(() => {
  frames = new Subject();
  memory = new BatchMemory(CPUS);
  counts = new ConnectionCounts();
  row = new Row(DISCARDS.length);
  out = [];
  frames.pipe(dedup(memory, counts, row, new RecordBatch())).subscribe(({ u32, base, count }) => {
    for (let i = 0; i < count; i++) out.push(u32[(base + i * CONN.size) >>> 2]!);
  });
  stream = new FrameStream((view) => frames.next(view));
});

function cookies(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

type Step =
  | { read: [cpu: number, id: Integer, length: number] }
  | { full: [cpu: number, id: Integer] }
  | { clock: number }
  | { expect: number[] };

/** Cookies of CPU c, batch b are 1000 c + 100 b + place. */
function run(steps: readonly Step[]): void {
  let clock = 0;
  for (const step of steps) {
    if ('read' in step) {
      const [cpu, id, length] = step.read;
      stream.pending(cpu, id, records(firstOf(cpu, id), firstOf(cpu, id) + length - 1));
    } else if ('full' in step) {
      const [cpu, id] = step.full;
      stream.batch(cpu, id, records(firstOf(cpu, id), firstOf(cpu, id) + BATCH_CAPACITY - 1));
    } else if ('clock' in step) {
      clock = step.clock * 1e9;
      memory.clock(clock);
    } else {
      expect(out.splice(0)).toEqual(step.expect);
    }
  }
}

function firstOf(cpu: number, id: Integer): number {
  return 1000 * cpu + 100 * Number(BigInt.asUintN(4, BigInt(id)));
}

describe('every row of the dedup table', () => {
  it.each<[string, Step[]]>([
    [
      'partially read, later full: the rest',
      [{ read: [0, 7, 2] }, { expect: cookies(700, 701) }, { full: [0, 7] }, { expect: cookies(702, 721) }],
    ],
    [
      'read twice without growth: nothing',
      [{ read: [0, 7, 2] }, { expect: cookies(700, 701) }, { read: [0, 7, 2] }, { expect: [] }],
    ],
    [
      'one more close between two readings: the new one',
      [{ read: [0, 7, 2] }, { expect: cookies(700, 701) }, { read: [0, 7, 3] }, { expect: [702] }],
    ],
    [
      'all read while pending: the full batch yields nothing',
      [{ read: [0, 7, 22] }, { expect: cookies(700, 721) }, { full: [0, 7] }, { expect: [] }],
    ],
    [
      'a new batch starts at 0',
      [{ full: [0, 7] }, { expect: cookies(700, 721) }, { read: [0, 8, 1] }, { expect: [800] }],
    ],
    [
      'full batch lost after a partial reading: its id is given up after 60 s',
      [
        { clock: 1 },
        { read: [0, 7, 2] },
        { read: [0, 8, 1] },
        { expect: [700, 701, 800] },
        { clock: 61.1 },
        { expect: [] },
      ],
    ],
    [
      'two full batches after a partial reading of the second',
      [
        { read: [0, 8, 3] },
        { expect: cookies(800, 802) },
        { full: [0, 7] },
        { expect: cookies(700, 721) },
        { full: [0, 8] },
        { expect: cookies(803, 821) },
      ],
    ],
    [
      'nobody reads for 60 s: a live partial batch is not told again',
      [
        { clock: 1 },
        { read: [0, 7, 5] },
        { expect: cookies(700, 704) },
        { clock: 3600 },
        { clock: 7200 },
        { read: [0, 7, 6] },
        { expect: [705] },
        { full: [0, 7] },
        { expect: cookies(706, 721) },
      ],
    ],
    [
      'CPUs are apart',
      [
        { read: [0, 7, 2] },
        { read: [1, 7, 1] },
        { expect: [700, 701, 1700] },
        { full: [1, 7] },
        { expect: cookies(1701, 1721) },
      ],
    ],
    [
      'ids wrap at 2^32 and 2^64',
      [
        { read: [0, 2n ** 32n - 1n, 1] },
        { read: [0, 2n ** 32n, 1] },
        { expect: [1500, 0] },
        { full: [0, 2n ** 32n - 1n] },
        { full: [0, 2n ** 64n - 1n] },
        { expect: [...cookies(1501, 1521), ...cookies(1500, 1521)] },
        { read: [0, 0, 4] },
        { expect: cookies(0, 3) },
        { full: [0, 2n ** 32n] },
        { expect: cookies(1, 21) },
      ],
    ],
    [
      'a full batch delivered twice yields nothing',
      [{ full: [0, 7] }, { expect: cookies(700, 721) }, { full: [0, 7] }, { expect: [] }],
    ],
    [
      'an old reading after the full batch yields nothing',
      [{ full: [0, 7] }, { expect: cookies(700, 721) }, { read: [0, 7, 9] }, { expect: [] }],
    ],
  ])('%s', (_, steps) => {
    run(steps);
    expect([...row.discarded]).toEqual([0, 0, 0, 0, 0]);
    expect(counts.missed).toBe(0);
  });

  it('counts what was given up', () => {
    run([{ clock: 1 }, { read: [0, 7, 2] }, { read: [0, 8, 1] }, { clock: 60 }]);
    expect(memory.expired).toBe(0);
    run([{ clock: 61.1 }]);
    expect(memory.expired).toBe(1);
    expect(memory.seen(0, 7, 0)).toBe(0);
    expect(memory.seen(0, 8, 0)).toBe(1);
  });

  it('single records pass by', () => {
    stream.pending(0, 7, records(1, 2));
    stream.single(0, conn({ cookie: 99 }));
    stream.batch(0, 7, FULL);
    expect(out).toEqual([1, 2, 99, ...cookies(3, 22)]);
  });
});

describe('dedup', () => {
  it('counts a CPU that cannot be', () => {
    stream.batch(CPUS, 1, FULL);
    stream.pending(0xffffffff, 1, records(1, 2));
    expect(out).toEqual([]);
    expect([...row.discarded]).toEqual([0, 24, 0, 0, 0]);
  });

  it('trusts its reader that records were dropped with an earlier frame', () => {
    frames.next(frame(KIND.batch, batchPayload(0, 7, FULL, false), { fresh: 3 }));
    expect(out).toEqual(cookies(20, 22));
    expect(counts).toMatchObject({ duplicate: 19, missed: 19 });
    expect([...row.discarded]).toEqual([0, 0, 0, 0, 0]);
  });

  it('trusts itself when a reader says new of what was seen', () => {
    const payload = batchPayload(0, 7, FULL, false);
    frames.next(frame(KIND.batch, payload, { fresh: 22 }));
    frames.next(frame(KIND.batch, payload, { fresh: 22 }));
    expect(out).toEqual(cookies(1, 22));
    expect([...row.discarded]).toEqual([0, 0, 22, 0, 0]);
  });

  it.each<[string, Uint8Array, number]>([
    ['a batch that is no page', batchPayload(0, 1, FULL.slice(0, 3), true), KIND.batch],
    ['a reading without its last record', batchPayload(0, 1, FULL.slice(0, 3), true).slice(0, -8), KIND.pending],
  ])('rejects and counts %s', (_, payload, kind) => {
    frames.next(frame(kind, payload, { fresh: 2 }));
    expect(out).toEqual([]);
    expect(row).toMatchObject({ invalidFrames: 1 });
    expect([...row.discarded]).toEqual([2, 0, 0, 0, 0]);
  });

  it('rejects a batch that claims more records than it can hold', () => {
    const payload = batchPayload(0, 1, FULL, false);
    new DataView(payload.buffer).setUint32(BATCH.len, 23, true);
    frames.next(frame(KIND.batch, payload, { fresh: 1 }));
    expect(row).toMatchObject({ invalidFrames: 1 });
    expect([...row.discarded]).toEqual([1, 0, 0, 0, 0]);
  });

  it('forgets the oldest whole batch first when a CPU has many, and counts a partial one it has to forget', () => {
    for (let id = 1; id <= 20; id++) stream.batch(0, id, FULL);
    expect(memory.crowded).toBe(0);
    for (let id = 21; id <= 29; id++) stream.pending(0, id, records(1, 1));
    expect(memory.crowded).toBe(1);
    expect(memory.seen(0, 21, 0)).toBe(0);
    expect(memory.seen(0, 29, 0)).toBe(1);
  });

  it('passes the rows of a snapshot in batches of at most 64', () => {
    stream.rows(Array.from({ length: 150 }, (_, i) => openConn({ cookie: i })));
    expect(out).toEqual(cookies(0, 149));
    expect(counts).toMatchObject({ rows: 150 });
    frames.next(frame(KIND.snapshot, new Uint8Array(CONN.size + 8)));
    expect(row.invalidFrames).toBe(1);
  });

  it('ends its stream with what its subscriber throws at once', () => {
    const errors: unknown[] = [];
    const failing = new Subject<FrameView>();
    failing.pipe(dedup(memory, counts, row, new RecordBatch())).subscribe({ error: (error) => errors.push(error) });
    failing.next({
      ...frame(KIND.single, new Uint8Array(0)),
      u32: null as never,
      kind: KIND.batch,
      length: 4096,
    });
    expect(errors).toHaveLength(1);
    expect(failing.observed).toBe(false);
  });
});
