import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FrameView } from '../../src/frames/frame-view.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import { Pump, type PumpOptions } from '../../src/pump/pump.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing } from '../../src/workers/ring-layout.js';
import { readFrames } from '../input/read-frames.js';
import type { ReplayTask } from './replay-thread.js';

/** The default of the live path. */
const RING_BYTES = 4 << 20;

const NOTHING = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);

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

/** The same without ring and pump: frames go from the file's chunk into the pipeline. */
export async function runOnOneThread(
  path: string,
  pipeline: PumpOptions['pipeline'],
  { frames = 0 } = {},
): Promise<RunTime> {
  const view: FrameView = { kind: 0, source: 0, seq: 0, fresh: 0, u8: NOTHING, u32: NO_WORDS, start: 0, length: 0 };
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const read = readFrames(path, frames || Number.POSITIVE_INFINITY, ({ u8, u32 }, at, length) => {
    view.u8 = u8;
    view.u32 = u32;
    view.length = length;
    view.kind = u32[(at + FRAME.kind) >>> 2]! & 0xffff;
    view.seq = u32[(at + FRAME.seq) >>> 2]!;
    view.fresh = u32[(at + FRAME.fresh) >>> 2]!;
    view.start = at + FRAME.size;
    pipeline.push(view);
  });
  pipeline.drained();
  const seconds = (performance.now() - begin) / 1000;
  const used = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (used.user + used.system) / 1e6, frames: read };
}
