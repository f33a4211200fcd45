import type { Benchmark } from '../harness/benchmark.js';
import { dns } from './dns.js';
import { encoder } from './encoder.js';
import { batchesOf3, endToEnd, smallFrames, table, withoutAvro } from './end-to-end.js';
import { fileSink } from './file-sink.js';
import { growth } from './growth.js';
import { kafkaSender } from './kafka.js';
import { kernels, kernelsAlone } from './kernels.js';
import { liveChecks } from './live/checks.js';
import { liveDelay } from './live/delay.js';
import { liveDns } from './live/dns.js';
import { liveHeld } from './live/held.js';
import { liveIdle } from './live/idle.js';
import { liveKafka } from './live/kafka.js';
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
  kafkaSender,
  paced,
  kernels,
  kernelsAlone,
  dns,
  liveOverhead,
  liveChecks,
  liveDns,
  liveRate,
  liveDelay,
  liveIdle,
  liveHeld,
  liveKafka,
];
