/** Fills a ring from a thread of its own: `count` numbered frames of varying size, as fast as the policy lets it. */
import { parentPort, workerData } from 'node:worker_threads';
import { type OverflowPolicy, RingProducer } from '../../src/workers/ring-producer.js';

const { ring, count, policy, pauseEvery } = workerData as {
  ring: SharedArrayBuffer;
  count: number;
  policy: OverflowPolicy;
  pauseEvery: number;
};
const producer = new RingProducer(ring, 1, policy);
const pause = new Int32Array(new SharedArrayBuffer(4));
let written = 0;
for (let i = 0; i < count; i++) {
  const payload = new Uint8Array(8 + ((i * 7919) % 1500));
  new DataView(payload.buffer).setUint32(0, i, true);
  if (producer.write(1, payload, 1)) written++;
  if (pauseEvery > 0 && i % pauseEvery === 0) Atomics.wait(pause, 0, 0, 1);
}
producer.end();
parentPort?.postMessage(written);
