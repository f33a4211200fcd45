import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrameView } from '../../src/frames/frame-view.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import {
  createRing,
  MIN_RING_BYTES,
  RING_HEADER_BYTES,
  RING_STATE,
  WORD_DROPPED_FRAMES,
  WORD_STATE,
} from '../../src/workers/ring-layout.js';
import type { OverflowPolicy } from '../../src/workers/ring-producer.js';
import { transpile } from '../support/transpile.js';

const THREAD = 'test/workers/producer-thread.ts';
let modules: ReturnType<typeof transpile>;

beforeAll(() => {
  modules = transpile([
    THREAD,
    'src/workers/ring-producer.ts',
    'src/workers/ring-layout.ts',
    'src/frames/layout.gen.ts',
    'src/errors.ts',
  ]);
});
afterAll(() => rmSync(modules.folder, { recursive: true }));

interface Result {
  /** Numbers in the payloads, in order of arrival. */
  numbers: number[];
  /** Frames that the numbering skipped. */
  gaps: number;
  written: number;
  dropped: number;
}

/** Consumes a thread's frames, sleeping between them without any timer: only the wake-up protocol ends a sleep. */
async function consume(count: number, policy: OverflowPolicy, pauseEvery: number, slow = 0): Promise<Result> {
  const ring = createRing(MIN_RING_BYTES, 0xffff0000);
  const consumer = new RingConsumer(ring);
  const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
  const worker = new Worker(modules.url(THREAD), { workerData: { ring, count, policy, pauseEvery } });
  const written = new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const result: Result = { numbers: [], gaps: 0, written: 0, dropped: 0 };
  let next = 0;
  const take = (frame: FrameView): void => {
    result.gaps += frame.seq - next;
    next = frame.seq + 1;
    result.numbers.push(frame.u32[frame.start >>> 2]!);
    if (slow > 0 && frame.seq % slow === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  };
  for (;;) {
    while (consumer.drain(100, take) > 0);
    if (Atomics.load(words, WORD_STATE) === RING_STATE.stopped && consumer.used === 0) break;
    await new Promise<void>((resolve) => {
      if (!consumer.arm(resolve)) resolve();
      // The thread may have ended between the look at its state and the wait.
      if (Atomics.load(words, WORD_STATE) === RING_STATE.stopped) resolve();
    });
  }
  result.written = await written;
  result.gaps += count - next;
  result.dropped = words[WORD_DROPPED_FRAMES]!;
  await worker.terminate();
  return result;
}

describe('a ring between two threads', () => {
  it('brings every frame exactly once and in order when the producer waits', async () => {
    const { numbers, gaps } = await consume(20_000, 'block', 0);
    expect(gaps).toBe(0);
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
  });

  it('loses no wake-up when the consumer sleeps between frames', async () => {
    const { numbers } = await consume(2_000, 'block', 3);
    expect(numbers).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it('drops and counts exactly when the consumer is slow', async () => {
    const { numbers, gaps, written, dropped } = await consume(50_000, 'drop', 0, 500);
    expect(dropped).toBeGreaterThan(0);
    expect(numbers.length).toBe(written);
    expect(numbers.length + dropped).toBe(50_000);
    expect(gaps).toBe(dropped);
    expect(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)).toBe(true);
  });
});
