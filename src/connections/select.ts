import type { MonoTypeOperatorFunction } from 'rxjs';
import { look } from '../pipeline/operator.js';
import type { Proofs } from '../pipeline/proofs.js';
import type { FilterMatcher } from './filter-matcher.js';
import { CONN, STATE } from './layout.gen.js';
import { inRange } from './range.js';
import { type RecordBatch, VERDICT } from './record-batch.js';
import { inspect } from './self-test.js';

const CONN_WORDS = CONN.size >>> 2;

/**
 * Gives each record its first verdict: impossible, when its numbers are, or
 * when it is open in a frame of closes or the other way round; of a self-test or a canary; filtered, when the filter does not ask for it;
 * else keep. Stands before `track`, so that the counts of a record nobody is given are still due in a later one.
 */
export function select(filter: FilterMatcher | undefined, proofs: Proofs): MonoTypeOperatorFunction<RecordBatch> {
  return look((batch) => judge(batch, filter, proofs));
}

/** The operator without RxJS. */
export function judge(batch: RecordBatch, filter: FilterMatcher | undefined, proofs: Proofs): void {
  const { verdict, u8, u32, count, closed } = batch;
  if (filter === undefined) verdict.fill(VERDICT.keep, 0, count);
  else {
    for (let i = 0, base = batch.base; i < count; i++, base += CONN.size) {
      verdict[i] = filter.matches(u8, u32, base) ? VERDICT.keep : VERDICT.filtered;
    }
  }
  inspect(batch, proofs);
  for (let i = 0, at = batch.base >>> 2; i < count; i++, at += CONN_WORDS) {
    // A record is closed or open by this byte, and stands for a unit or none by its frame.
    const isClosed = u8[(at << 2) + CONN.state] !== STATE.open;
    if (isClosed !== closed || !inRange(u32, at)) verdict[i] = VERDICT.impossible;
  }
}
