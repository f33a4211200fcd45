import type { Benchmark } from '../harness/benchmark.js';
import { batchesOf3, endToEnd, smallFrames, table, withoutAvro } from './end-to-end.js';

/** In the order of the table. */
export const BENCHMARKS: readonly Benchmark[] = [endToEnd, batchesOf3, withoutAvro, table, smallFrames];
