import { identity, Subject } from 'rxjs';
import type { FrameView } from '../frames/frame-view.js';
import type { Row } from '../ledger/row.js';
import type { Proofs } from '../pipeline/proofs.js';
import type { StreamClock } from '../pipeline/stream-clock.js';
import type { BatchMemory } from './batch-memory.js';
import type { ClientOutput } from './client-output.js';
import type { ConnectionTable } from './connection-table.js';
import type { ConnectionCounts } from './counts.js';
import { dedup } from './dedup.js';
import { encode } from './encode.js';
import type { FilterMatcher } from './filter-matcher.js';
import { letGo } from './let-go.js';
import type { RecordBatch } from './record-batch.js';
import { resolveJoins } from './resolve-joins.js';
import { select } from './select.js';
import { selectNames } from './select-names.js';
import { track } from './track.js';

/** What the operators work on. */
export interface ChainParts {
  memory: BatchMemory;
  counts: ConnectionCounts;
  row: Row;
  /** Reused for every emission. */
  batch: RecordBatch;
  matcher: FilterMatcher | undefined;
  proofs: Proofs;
  table: ConnectionTable;
  outputs: readonly ClientOutput[];
  clock: StreamClock;
}

/** A way from frames to records; what it returns throws what an operator throws. */
export type Chain = (parts: ChainParts) => (frame: FrameView) => void;

/** The operators as one RxJS chain. */
export const operatorChain: Chain = ({ memory, counts, row, batch, matcher, proofs, table, outputs, clock }) => {
  const frames = new Subject<FrameView>();
  const joined = batch.joins.length > 0;
  let failure: unknown;
  frames
    .pipe(
      dedup(memory, counts, row, batch),
      select(matcher, proofs),
      joined ? resolveJoins() : identity,
      matcher?.asksForNames ? selectNames(matcher) : identity,
      track(table),
      joined ? letGo() : identity,
      encode(outputs, counts, row, clock),
    )
    .subscribe({
      error: (error: unknown) => {
        failure = error;
      },
    });
  return (frame) => {
    frames.next(frame);
    if (failure !== undefined) throw failure;
  };
};
