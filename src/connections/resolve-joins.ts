import type { MonoTypeOperatorFunction } from 'rxjs';
import { look } from '../pipeline/operator.js';
import { CONN } from './layout.gen.js';
import type { RecordBatch } from './record-batch.js';

/** Asks other features about the records of each batch; what they say stands in its columns. */
export function resolveJoins(): MonoTypeOperatorFunction<RecordBatch> {
  return look(resolve);
}

/** The operator without RxJS. */
export function resolve({ u8, u32, base, count, joins }: RecordBatch): void {
  for (let i = 0; i < joins.length; i++) {
    const { join, column } = joins[i]!;
    join.resolve(u8, u32, base, CONN.size, count, column);
  }
}
