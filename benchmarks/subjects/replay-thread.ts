/**
 * The reader's part of an end-to-end run: takes frames from a file and writes them into the shared ring, as fast as the consumer takes
 * them or at a given pace.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { CONN, KIND } from '../../src/connections/layout.gen.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import { RingProducer } from '../../src/workers/ring-producer.js';
import { readFrames } from '../input/read-frames.js';

export interface ReplayTask {
  path: string;
  ring: SharedArrayBuffer;
  /** Word 0 becomes 1 when the clock starts. */
  start: SharedArrayBuffer;
  /** Frames after which to stop; 0 = all. */
  frames: number;
  /** Records per second; 0 = as fast as they are taken. */
  rate: number;
}

/** A paced replay writes what is due every so often. */
const PACE_MS = 10;

const { path, ring, start, frames, rate } = workerData as ReplayTask;
const producer = new RingProducer(ring, 0, 'block');
const sleeper = new Int32Array(new SharedArrayBuffer(4));

parentPort!.postMessage('ready');
Atomics.wait(new Int32Array(start), 0, 0);
const begin = performance.now();
let records = 0;
const written = readFrames(path, frames || Number.POSITIVE_INFINITY, ({ u8, u32 }, at, length) => {
  const kind = u32[(at + FRAME.kind) >>> 2]! & 0xffff;
  const fresh = u32[(at + FRAME.fresh) >>> 2]!;
  if (rate > 0) pace(kind === KIND.snapshot ? length / CONN.size : fresh);
  producer.bootLow = u32[(at + FRAME.boot_ns) >>> 2]!;
  producer.bootHigh = u32[(at + FRAME.boot_ns + 4) >>> 2]!;
  producer.write(kind, u8.subarray(at + FRAME.size, at + FRAME.size + length), fresh);
});
producer.end();
parentPort!.postMessage(written);

function pace(count: number): void {
  records += count;
  if (performance.now() < begin + (records / rate) * 1000) Atomics.wait(sleeper, 0, 0, PACE_MS);
}
