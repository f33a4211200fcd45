import type { MonoTypeOperatorFunction } from 'rxjs';
import { look } from '../pipeline/operator.js';
import type { ConnectionTable } from './connection-table.js';
import type { RecordBatch } from './record-batch.js';

/** Lets the connection table work out the final verdicts and each client's deltas. */
export function track(table: ConnectionTable): MonoTypeOperatorFunction<RecordBatch> {
  return look((batch) => table.update(batch));
}
