/**
 * The reader's part of an end-to-end run: takes frames from a file and writes them into the shared ring, as fast as the consumer takes
 * them or at a given pace.
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { BATCH_CAPACITY, CONN, FRAME, FRAME_KIND } from '../../src/kernel/layout.gen.js';
import { RingProducer } from '../../src/workers/ring-producer.js';

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

const CHUNK = 1 << 20;
/** A paced replay writes what is due every so often: how long the kernel's batches wait for the reader's timer at most, by default. */
const PACE_MS = 10;

const { path, ring, start, frames, rate } = workerData as ReplayTask;
const producer = new RingProducer(ring, 0, 'block');
const chunk = new Uint8Array(CHUNK);
const view = new DataView(chunk.buffer);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const startWord = new Int32Array(start);

parentPort!.postMessage('ready');
Atomics.wait(startWord, 0, 0);
const begin = performance.now();
const fd = openSync(path, 'r');
let written = 0;
let records = 0;
let have = 0;
for (let left = frames || Number.POSITIVE_INFINITY; left > 0; ) {
  const got = readSync(fd, chunk, have, CHUNK - have, null);
  have += got;
  let at = 0;
  while (left > 0 && have - at >= FRAME.size) {
    const length = view.getUint32(at, true);
    const size = FRAME.size + ((length + 7) & ~7);
    if (have - at < size) break;
    const kind = view.getUint16(at + FRAME.kind, true);
    const fresh = view.getUint32(at + FRAME.fresh, true);
    if (rate > 0) pace(kind, fresh, length);
    producer.write(kind, chunk.subarray(at + FRAME.size, at + FRAME.size + length), fresh);
    at += size;
    left--;
    written++;
  }
  chunk.copyWithin(0, at, have);
  have -= at;
  if (got === 0) break;
}
closeSync(fd);
producer.end();
parentPort!.postMessage(written);

function pace(kind: number, fresh: number, length: number): void {
  records += kind === FRAME_KIND.snapshot ? Math.floor(length / CONN.size) : Math.min(fresh, BATCH_CAPACITY);
  const due = begin + (records / rate) * 1000;
  if (performance.now() < due) Atomics.wait(sleeper, 0, 0, PACE_MS);
}
