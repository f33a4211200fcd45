import { Observable, type OperatorFunction, Subscriber } from 'rxjs';
import type { FrameView } from '../frames/frame-view.js';
import type { Row } from '../ledger/row.js';
import type { BatchMemory } from './batch-memory.js';
import { type ConnectionCounts, DISCARD } from './counts.js';
import { BATCH, BATCH_CAPACITY, CONN, KIND, PAGE, SINGLE } from './layout.gen.js';
import { RECORDS_PER_BATCH, type RecordBatch } from './record-batch.js';

/**
 * Frames in, records out, each closed connection once: what a batch read while it was partial has delivered already is skipped when it
 * comes again. A record passes when its reader counts it as new and no earlier frame brought it; everything else is counted. Rows of
 * snapshots pass as they are, other kinds of frames end here.
 * @param batch is overwritten for each emission
 */
export function dedup(
  memory: BatchMemory,
  counts: ConnectionCounts,
  row: Row,
  batch: RecordBatch,
): OperatorFunction<FrameView, RecordBatch> {
  return (source) =>
    new Observable<RecordBatch>((subscriber) => source.subscribe(new Dedup(subscriber, memory, counts, row, batch)));
}

class Dedup extends Subscriber<FrameView> {
  readonly #memory: BatchMemory;
  readonly #counts: ConnectionCounts;
  readonly #row: Row;
  readonly #batch: RecordBatch;
  readonly #next: (batch: RecordBatch) => void;

  constructor(
    target: Subscriber<RecordBatch>,
    memory: BatchMemory,
    counts: ConnectionCounts,
    row: Row,
    batch: RecordBatch,
  ) {
    super(target);
    this.#memory = memory;
    this.#counts = counts;
    this.#row = row;
    this.#batch = batch;
    this.#next = (value) => target.next(value);
  }

  protected override _next(frame: FrameView): void {
    try {
      deliver(frame, this.#memory, this.#counts, this.#row, this.#batch, this.#next);
    } catch (error) {
      this.error(error);
    }
  }
}

/** Calls `next` with what one frame has that is new: the operator without RxJS. */
export function deliver(
  frame: FrameView,
  memory: BatchMemory,
  counts: ConnectionCounts,
  row: Row,
  batch: RecordBatch,
  next: (batch: RecordBatch) => void,
): void {
  switch (frame.kind) {
    case KIND.batch:
    case KIND.pending: {
      const start = firstNew(frame, memory, counts, row);
      if (start < 0) return;
      const length = frame.u32[(frame.start + BATCH.len) >>> 2]!;
      emit(frame, frame.start + BATCH.records + start * CONN.size, length - start, true, batch, next);
      return;
    }
    case KIND.single:
      if (frame.fresh === 0) return;
      emit(frame, frame.start + SINGLE.record, 1, true, batch, next);
      return;
    case KIND.snapshot: {
      const rows = Math.floor(frame.length / CONN.size);
      if (rows * CONN.size !== frame.length) {
        row.invalidFrames++;
        return;
      }
      counts.rows += rows;
      emit(frame, frame.start, rows, false, batch, next);
      return;
    }
  }
}

/** Place of the first record that passes, -1 when none does; counts the others. */
function firstNew(frame: FrameView, memory: BatchMemory, counts: ConnectionCounts, row: Row): number {
  const { u32, fresh } = frame;
  const at = frame.start >>> 2;
  const length = u32[at + (BATCH.len >>> 2)]!;
  const whole = frame.kind === KIND.batch;
  const fits = whole ? frame.length === PAGE : frame.length === BATCH.records + length * CONN.size;
  if (!fits || length > BATCH_CAPACITY || fresh > length) {
    row.discardFrame(fresh);
    return -1;
  }
  const cpu = u32[at + (BATCH.cpu >>> 2)]!;
  if (!memory.knows(cpu)) {
    row.discard(DISCARD.unknownCpu, fresh);
    return -1;
  }
  const idLow = u32[at]!;
  const idHigh = u32[at + 1]!;
  const seen = memory.seen(cpu, idLow, idHigh);
  memory.note(cpu, idLow, idHigh, length, whole);
  const known = length - fresh;
  counts.duplicate += known;
  if (known > seen) counts.missed += known - seen;
  const start = Math.min(length, Math.max(seen, known));
  row.discard(DISCARD.seenBefore, start - known);
  return start < length ? start : -1;
}

function emit(
  frame: FrameView,
  base: number,
  count: number,
  closed: boolean,
  batch: RecordBatch,
  next: (batch: RecordBatch) => void,
): void {
  batch.u8 = frame.u8;
  batch.u32 = frame.u32;
  batch.closed = closed;
  for (let i = 0; i < count; i += RECORDS_PER_BATCH) {
    batch.base = base + i * CONN.size;
    batch.count = Math.min(count - i, RECORDS_PER_BATCH);
    next(batch);
  }
}
