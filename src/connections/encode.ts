import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Row } from '../ledger/row.js';
import { look } from '../pipeline/operator.js';
import type { StreamClock } from '../pipeline/stream-clock.js';
import type { ClientOutput } from './client-output.js';
import { type ConnectionCounts, DISCARD } from './counts.js';
import { type RecordBatch, VERDICT } from './record-batch.js';

/** Gives every client its records, with its own deltas and running numbers, and counts what became of each closed connection. */
export function encode(
  outputs: readonly ClientOutput[],
  counts: ConnectionCounts,
  row: Row,
  clock: StreamClock,
): MonoTypeOperatorFunction<RecordBatch> {
  return look((batch) => give(batch, outputs, counts, row, clock));
}

/** The operator without RxJS. */
export function give(
  batch: RecordBatch,
  outputs: readonly ClientOutput[],
  counts: ConnectionCounts,
  row: Row,
  clock: StreamClock,
): void {
  if (batch.closed) count(batch, counts, row);
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i]!;
    output.give(batch, batch.clients[output.column]!, clock.wallOffsetUs);
  }
}

function count({ verdict, count }: RecordBatch, counts: ConnectionCounts, row: Row): void {
  let filtered = 0;
  let selfTest = 0;
  let canary = 0;
  let repeated = 0;
  let impossible = 0;
  for (let i = 0; i < count; i++) {
    if (verdict[i] === VERDICT.filtered) filtered++;
    else if (verdict[i] === VERDICT.selfTest) selfTest++;
    else if (verdict[i] === VERDICT.canary) canary++;
    else if (verdict[i] === VERDICT.repeated) repeated++;
    else if (verdict[i] === VERDICT.impossible) impossible++;
  }
  counts.kept += count - filtered - selfTest - canary - repeated - impossible;
  row.filtered += filtered;
  row.selfTest += selfTest;
  row.canary += canary;
  row.discard(DISCARD.repeated, repeated);
  row.discard(DISCARD.impossible, impossible);
}
