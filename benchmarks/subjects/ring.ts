/**
 * The shared ring alone: one thread writes pages, this one reads every field of every record. Prints one line of results.
 * @module
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BATCH, BATCH_CAPACITY, CONN } from '../../src/connections/layout.gen.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing } from '../../src/workers/ring-layout.js';
import { report, subjectArguments } from './arguments.js';
import type { TouchTask } from './touch-thread.js';

const options = subjectArguments({ frames: '2000000' });
const frames = Number(options.frames);
const FIRST = BATCH.records >>> 2;
const WORDS = (BATCH_CAPACITY * CONN.size) >>> 2;

let sum = 0;
function touch({ u32, start }: FrameView): void {
  const from = (start >>> 2) + FIRST;
  let total = 0;
  for (let i = from; i < from + WORDS; i++) total = (total + u32[i]!) | 0;
  sum = (sum + total) | 0;
}

const ring = createRing(4 << 20);
const consumer = new RingConsumer(ring);
const workerData: TouchTask = { ring, frames };
const worker = new Worker(new URL('./touch-thread.js', import.meta.url), { workerData });
await once(worker, 'message');
const begin = performance.now();
worker.postMessage('go');
for (let taken = 0; taken < frames; ) taken += consumer.drain(256, touch);
const seconds = (performance.now() - begin) / 1000;
report({ seconds, frames, records: frames * BATCH_CAPACITY, sum });
await worker.terminate();
