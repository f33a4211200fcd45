/**
 * From the commit of a frame into an idle ring to the pipeline's sight of it: wake-up, pump, hand-over. Prints one line of results.
 * @module
 */
import { once } from 'node:events';
import { hrtime } from 'node:process';
import { Worker } from 'node:worker_threads';
import type { FrameView } from '../../src/frames/frame-view.js';
import { Pump } from '../../src/pump/pump.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing } from '../../src/workers/ring-layout.js';
import { percentile } from '../harness/statistics.js';
import { report, subjectArguments } from './arguments.js';
import type { TickTask } from './tick-thread.js';

const options = subjectArguments({ frames: '5000', perSecond: '1000' });
const delays: number[] = [];
const ring = createRing(4 << 20);
const pump = new Pump({
  sources: [new RingConsumer(ring)],
  pipeline: {
    creditOpen: true,
    drained() {},
    push({ u8, start, length }: FrameView) {
      if (length === 4096)
        delays.push((Number(hrtime.bigint()) - new DataView(u8.buffer).getFloat64(start, true)) / 1e3);
    },
  },
  intervalMs: 1000,
  failed: (error) => {
    throw error;
  },
});
pump.start();
const workerData: TickTask = { ring, frames: Number(options.frames), perSecond: Number(options.perSecond) };
const worker = new Worker(new URL('./tick-thread.js', import.meta.url), { workerData });
await once(worker, 'message');
await pump.stop();
await worker.terminate();
const steady = delays.slice(Math.floor(delays.length / 10));
report({
  frames: delays.length,
  p50: percentile(steady, 50),
  p99: percentile(steady, 99),
  p999: percentile(steady, 99.9),
});
