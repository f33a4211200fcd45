import type { MonoTypeOperatorFunction } from 'rxjs';
import type { ConnectionTable } from '../connections/connection-table.js';
import type { RecordBatch } from '../connections/record-batch.js';
import { look } from './operator.js';

/** Lets the connection table work out the final verdicts and each client's deltas. */
export function track(table: ConnectionTable): MonoTypeOperatorFunction<RecordBatch> {
  return look((batch) => table.update(batch));
}
