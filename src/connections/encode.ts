import type { MonoTypeOperatorFunction } from 'rxjs';
import { look } from '../pipeline/operator.js';
import type { ClientOutput } from './client-output.js';
import type { PipelineCounts } from './counts.js';
import { type RecordBatch, VERDICT } from './record-batch.js';

/** Wall clock of the stream, kept by the pipeline from clock frames. */
export interface WallClock {
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, µs. */
  offsetUs: number;
}

/** Gives every client its records, with its own deltas and running numbers, and counts what became of each closed connection. */
export function encode(
  outputs: readonly ClientOutput[],
  counts: PipelineCounts,
  clock: WallClock,
): MonoTypeOperatorFunction<RecordBatch> {
  return look((batch) => give(batch, outputs, counts, clock));
}

/** The operator without RxJS. */
export function give(
  batch: RecordBatch,
  outputs: readonly ClientOutput[],
  counts: PipelineCounts,
  clock: WallClock,
): void {
  if (batch.closed) count(batch, counts);
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i]!;
    output.give(batch, batch.clients[output.column]!, clock.offsetUs);
  }
}

function count({ verdict, count }: RecordBatch, counts: PipelineCounts): void {
  let filtered = 0;
  let selfTest = 0;
  let repeated = 0;
  let impossible = 0;
  for (let i = 0; i < count; i++) {
    if (verdict[i] === VERDICT.filtered) filtered++;
    else if (verdict[i] === VERDICT.selfTest) selfTest++;
    else if (verdict[i] === VERDICT.repeated) repeated++;
    else if (verdict[i] === VERDICT.impossible) impossible++;
  }
  counts.kept += count - filtered - selfTest - repeated - impossible;
  counts.filtered += filtered;
  counts.selfTest += selfTest;
  counts.repeated += repeated;
  counts.impossible += impossible;
  counts.discarded += repeated + impossible;
}
