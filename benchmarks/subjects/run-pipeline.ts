import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Pump, type PumpOptions } from '../../src/pump/pump.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing } from '../../src/workers/ring-layout.js';
import type { ReplayTask } from './replay-thread.js';

/** The default of the live path. */
const RING_BYTES = 4 << 20;

/** Time and CPU of one run, in seconds. */
export interface RunTime {
  seconds: number;
  cpuSeconds: number;
  frames: number;
}

/**
 * Runs the live path on an input: reader thread → shared ring → pump → pipeline. Only the reader's kernel side is replaced.
 * @param frames how many to take, 0 for all
 * @param rate records per second, 0 for as fast as they are taken
 */
export async function runPipeline(
  path: string,
  pipeline: PumpOptions['pipeline'],
  { frames = 0, rate = 0 } = {},
): Promise<RunTime> {
  const ring = createRing(RING_BYTES);
  const start = new SharedArrayBuffer(4);
  let failure: unknown;
  const pump = new Pump({
    sources: [new RingConsumer(ring)],
    pipeline,
    intervalMs: 1000,
    failed: (error) => (failure = error),
  });
  const workerData: ReplayTask = { path, ring, start, frames, rate };
  const worker = new Worker(new URL('./replay-thread.js', import.meta.url), { workerData });
  await once(worker, 'message');
  pump.start();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  Atomics.store(new Int32Array(start), 0, 1);
  Atomics.notify(new Int32Array(start), 0);
  await once(worker, 'message');
  await pump.stop();
  const seconds = (performance.now() - begin) / 1000;
  const used = process.cpuUsage(cpu);
  await worker.terminate();
  if (failure) throw failure;
  return { seconds, cpuSeconds: (used.user + used.system) / 1e6, frames: pump.frames };
}
