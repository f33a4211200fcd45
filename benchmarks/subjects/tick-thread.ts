/**
 * Writes one frame at even distances, each with the time at which it was written. It spins up to each point of time, so that what is
 * measured is the way to the consumer and not a timer.
 */
import { hrtime } from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { KIND, PAGE } from '../../src/connections/layout.gen.js';
import { RingProducer } from '../../src/workers/ring-producer.js';

export interface TickTask {
  ring: SharedArrayBuffer;
  frames: number;
  perSecond: number;
}

const { ring, frames, perSecond } = workerData as TickTask;
const producer = new RingProducer(ring, 0, 'block');
const page = new Uint8Array(PAGE);
const stamp = new Float64Array(page.buffer, 0, 1);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const stepNs = 1e9 / perSecond;
/** Below this distance sleeping is too coarse. */
const SPIN_NS = 200_000;

const now = (): number => Number(hrtime.bigint());
const begin = now();
for (let i = 1; i <= frames; i++) {
  const due = begin + i * stepNs;
  for (let left = due - now(); left > 0; left = due - now()) {
    if (left > SPIN_NS) Atomics.wait(sleeper, 0, 0, (left - SPIN_NS) / 1e6);
  }
  stamp[0] = now();
  producer.write(KIND.batch, page, 0);
}
producer.end();
parentPort!.postMessage('done');
