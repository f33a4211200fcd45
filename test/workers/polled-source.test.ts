/** Sources in TypeScript: in real workers, hosted by the real pool. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FrameView } from '../../src/frames/frame-view.js';
import { ACCOUNT, CORE_KIND, FRAME, MARK } from '../../src/frames/layout.gen.js';
import { ReaderPool } from '../../src/workers/reader-pool.js';
import { RecordDemand } from '../../src/workers/record-demand.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing, MIN_RING_BYTES } from '../../src/workers/ring-layout.js';
import type { SourceTask } from '../../src/workers/source-loop.js';
import { transpile, withImports } from '../support/transpile.js';
import { DOES } from './polled-source.js';

const THREAD = 'test/workers/polled-thread.ts';
const SOURCE = 'test/workers/polled-source.ts';
const FEATURE = 0x20;
const KIND = (FEATURE << 8) | 1;
const FOREVER = 2n ** 64n - 1n;

let modules: ReturnType<typeof transpile>;
beforeAll(() => {
  modules = transpile(withImports([THREAD, SOURCE]));
});
afterAll(() => rmSync(modules.folder, { recursive: true }));

interface Seen {
  numbers: number[];
  marks: bigint[];
  /** Of the last account. */
  account: Record<'attempted' | 'emitted' | 'read' | 'enqueued' | 'dropped' | 'final' | 'lost1' | 'note2', number>;
  accounts: number;
  /** Times of the frames, and what came last. */
  times: bigint[];
  last: number;
}

/** Starts one source; `look` takes what its ring holds. */
function start(everyMs: number, ringBytes = MIN_RING_BYTES, told: Pick<SourceTask, 'handles' | 'demand'> = {}) {
  const words = new Int32Array(new SharedArrayBuffer(24));
  const ring = createRing(ringBytes);
  const task: SourceTask = {
    ring,
    source: 7,
    worker: modules.url(THREAD).href,
    module: modules.url(SOURCE).href,
    feature: FEATURE,
    everyMs,
    options: { words: words.buffer, kind: KIND },
    ...told,
  };
  const failures: Error[] = [];
  const pool = new ReaderPool([task], (error) => failures.push(error));
  const consumer = new RingConsumer(ring);
  const account = { attempted: 0, emitted: 0, read: 0, enqueued: 0, dropped: 0, final: 0, lost1: 0, note2: 0 };
  const seen: Seen = { numbers: [], marks: [], account, accounts: 0, times: [], last: 0 };
  const take = ({ kind, source, fresh, u8, u32, start }: FrameView): void => {
    const data = new DataView(u8.buffer, start);
    const total = (at: number): number => Number(data.getBigUint64(at, true));
    expect(source).toBe(7);
    seen.times.push(new DataView(u8.buffer).getBigUint64(start - FRAME.size + FRAME.boot_ns, true));
    seen.last = kind;
    if (kind === KIND) {
      expect(fresh).toBe(1);
      seen.numbers.push(u32[start >>> 2]!);
    } else if (kind === CORE_KIND.mark) {
      seen.marks.push(data.getBigUint64(MARK.boot_ns, true));
    } else {
      expect(kind).toBe(CORE_KIND.account);
      expect(data.getUint16(ACCOUNT.feature, true)).toBe(FEATURE);
      expect(data.getUint16(ACCOUNT.sources, true)).toBe(1);
      for (const name of ['attempted', 'emitted', 'read', 'enqueued', 'dropped'] as const) {
        account[name] = total(ACCOUNT[name]);
      }
      account.lost1 = total(ACCOUNT.lost + 8);
      account.note2 = total(ACCOUNT.notes + 16);
      account.final = data.getUint16(ACCOUNT.final, true);
      seen.accounts++;
    }
  };
  const look = (): Seen => {
    while (consumer.drain(1000, take) > 0);
    return seen;
  };
  return { words, pool, failures, look };
}

function pause(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'paused'));
}

describe('a source in TypeScript', () => {
  it('is polled again and again, and accounts and vouches after each poll', async () => {
    const { words, pool, failures, look } = start(5);
    await pool.started();
    Atomics.store(words, 0, 3);
    await vi.waitFor(() => expect(look().numbers).toEqual([1, 2, 3]), { timeout: 30_000 });
    Atomics.store(words, 0, 5);
    await vi.waitFor(() => expect(look().numbers).toEqual([1, 2, 3, 4, 5]), { timeout: 30_000 });
    await pool.stop(() => {});
    const { marks, account, accounts, times, last } = look();
    expect(account).toMatchObject({ attempted: 5, emitted: 5, read: 5, enqueued: 5, dropped: 0, final: 1 });
    expect(marks.length).toBe(accounts);
    expect(marks).toEqual([...marks].sort((a, b) => Number(a - b)));
    expect(marks.at(-1)).toBe(FOREVER);
    // A mark is of the time before its poll, so nothing that was written after it is older.
    expect(marks[0]!).toBeLessThan(times[0]!);
    expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    expect(last).toBe(CORE_KIND.mark);
    expect(words[2]).toBe(1);
    expect(failures).toEqual([]);
  });

  it('stops at once in the middle of a long pause, and tells then what came during it', async () => {
    const { words, pool, failures, look } = start(60_000);
    await vi.waitFor(() => expect(look().marks.length).toBe(1), { timeout: 30_000 });
    Atomics.store(words, 0, 2);
    const begun = performance.now();
    await pool.stop(() => {});
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect(look()).toMatchObject({ numbers: [1, 2], account: { enqueued: 2, final: 1 } });
    expect(failures).toEqual([]);
  });

  it('loses what finds no room in its ring, counted; its account waits for room', async () => {
    const { words, pool, look } = start(60_000);
    await vi.waitFor(() => expect(look().marks.length).toBe(1), { timeout: 30_000 });
    Atomics.store(words, 0, 10_000);
    // Nobody empties the ring during the poll.
    const stopped = pool.stop(() => {});
    await vi.waitFor(() => expect(Atomics.load(words, 1)).toBe(2), { timeout: 30_000 });
    await expect(Promise.race([stopped, pause(200)])).resolves.toBe('paused');
    look();
    await stopped;
    const { numbers, account } = look();
    expect(account).toMatchObject({ attempted: 10_000, read: 10_000, enqueued: numbers.length, final: 1 });
    expect(account.dropped).toBe(10_000 - numbers.length);
    expect(account.dropped).toBeGreaterThan(0);
    expect(numbers).toEqual([...numbers.keys()].map((i) => i + 1));
  });

  it('counts losses and notes in its row', async () => {
    const { words, pool, look } = start(60_000);
    await vi.waitFor(() => expect(look().marks.length).toBe(1), { timeout: 30_000 });
    Atomics.store(words, 0, 4);
    Atomics.store(words, 3, DOES.loses);
    await pool.stop(() => {});
    expect(look().account).toMatchObject({ attempted: 9, emitted: 4, read: 4, enqueued: 4, lost1: 5, note2: 1 });
  });

  it('is told the descriptors of its feature, and at each look whether its records are taken', async () => {
    const demand = new RecordDemand(['name']);
    const { words, pool, failures } = start(5, MIN_RING_BYTES, { handles: { objects: 12 }, demand: demand.shared });
    const taken = (is: number) =>
      vi.waitFor(() => expect(Atomics.load(words, 5) === is && Atomics.load(words, 1) > 0).toBe(true), {
        timeout: 30_000,
      });
    await taken(0);
    expect(words[4]).toBe(12);
    demand.join(0, () => true);
    await taken(1);
    demand.leave(0);
    await taken(0);
    await pool.stop(() => {});
    expect(failures).toEqual([]);
  });

  it('is told that nothing is there, and nothing taken, where nobody says so', async () => {
    const { words, pool } = start(5);
    await vi.waitFor(() => expect(Atomics.load(words, 1)).toBeGreaterThan(0), { timeout: 30_000 });
    await pool.stop(() => {});
    expect([words[4], words[5]]).toEqual([0, 0]);
  });

  it('ends the tracer when it throws', async () => {
    const { words, pool, failures } = start(5);
    Atomics.store(words, 3, DOES.throws);
    await vi.waitFor(() => expect(failures.length).toBe(1), { timeout: 30_000 });
    expect(failures[0]).toMatchObject({
      code: 'CONNTRAIL_READER',
      message: expect.stringMatching(/Reader 7 failed: it has gone/),
    });
    await pool.stop(() => {});
    expect(words[2]).toBe(1);
  });

  it('is left in the middle of a poll that does not end', async () => {
    const { words, pool, failures } = start(5);
    Atomics.store(words, 3, DOES.hangs);
    await vi.waitFor(() => expect(Atomics.load(words, 1)).toBeGreaterThan(0), { timeout: 30_000 });
    const stopped = pool.stop(() => {});
    await expect(Promise.race([stopped, pause(100)])).resolves.toBe('paused');
    pool.abandon(() => {});
    await stopped;
    expect(failures).toEqual([]);
  });
});
