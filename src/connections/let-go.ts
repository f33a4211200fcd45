import type { MonoTypeOperatorFunction } from 'rxjs';
import { look } from '../pipeline/operator.js';
import { CONN } from './layout.gen.js';
import { type RecordBatch, VERDICT } from './record-batch.js';

/** Tells those who keep something for open connections of rows that came after the close: nothing more follows. Stands behind `track`, which knows. */
export function letGo(): MonoTypeOperatorFunction<RecordBatch> {
  return look(release);
}

/** The operator without RxJS. */
export function release({ u32, base, count, closed, verdict, joins }: RecordBatch): void {
  if (closed) return;
  for (let i = 0; i < count; i++) {
    if (verdict[i] !== VERDICT.late) continue;
    for (let k = 0; k < joins.length; k++) joins[k]!.join.release?.(u32, base + i * CONN.size);
  }
}
