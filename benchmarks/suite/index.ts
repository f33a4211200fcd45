import type { Benchmark } from '../harness/benchmark.js';
import { encoder } from './encoder.js';
import { batchesOf3, endToEnd, smallFrames, table, withoutAvro } from './end-to-end.js';
import { fileSink } from './file-sink.js';
import { growth } from './growth.js';
import { kernels, kernelsAlone } from './kernels.js';
import { liveDelay } from './live/delay.js';
import { liveHeld } from './live/held.js';
import { liveIdle } from './live/idle.js';
import { liveOverhead } from './live/overhead.js';
import { liveRate } from './live/rate.js';
import { memory } from './memory.js';
import { paced } from './paced.js';
import { ring } from './ring.js';
import { rxjs } from './rxjs.js';
import { wake } from './wake.js';

/** In the order of the table. */
export const BENCHMARKS: readonly Benchmark[] = [
  endToEnd,
  withoutAvro,
  batchesOf3,
  smallFrames,
  encoder,
  table,
  growth,
  memory,
  ring,
  wake,
  rxjs,
  fileSink,
  paced,
  kernels,
  kernelsAlone,
  liveOverhead,
  liveRate,
  liveDelay,
  liveIdle,
  liveHeld,
];
