/** Writes one page of records into the ring over and over, as fast as it is taken. */
import { parentPort, workerData } from 'node:worker_threads';
import { KIND, PAGE } from '../../src/connections/layout.gen.js';
import { RingProducer } from '../../src/workers/ring-producer.js';

export interface TouchTask {
  ring: SharedArrayBuffer;
  frames: number;
}

/** Pages written in turn: more than the first-level cache holds. */
const PAGES = 64;

const { ring, frames } = workerData as TouchTask;
const pool = Array.from({ length: PAGES }, (_, i) => new Uint8Array(PAGE).fill(i));
const producer = new RingProducer(ring, 0, 'block');
parentPort!.once('message', () => {
  for (let i = 0; i < frames; i++) producer.write(KIND.batch, pool[i % PAGES]!, 22);
  producer.end();
});
parentPort!.postMessage('ready');
