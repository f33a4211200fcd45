import type { MonoTypeOperatorFunction } from 'rxjs';
import { look } from '../pipeline/operator.js';
import type { FilterMatcher } from './filter-matcher.js';
import { type RecordBatch, VERDICT } from './record-batch.js';

/** `select` for what other features know: stands behind their joins, and before `track`, so that what it holds back stays due. */
export function selectNames(filter: FilterMatcher): MonoTypeOperatorFunction<RecordBatch> {
  return look((batch) => judgeNames(batch, filter));
}

/** The operator without RxJS. */
export function judgeNames(batch: RecordBatch, filter: FilterMatcher): void {
  const { verdict, count } = batch;
  for (let i = 0; i < count; i++) {
    if (verdict[i] === VERDICT.keep && !filter.matchesNames(batch, i)) verdict[i] = VERDICT.filtered;
  }
}
