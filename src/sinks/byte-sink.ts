import type { Ledger } from '../ledger/generated/ledger.js';
import type { Output as OutputRecord } from './generated/output.js';
import type { RecordMarks } from './record-marks.js';
import type { SeriesCounts } from './series-counts.js';

/** Encoded records, whole ones. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly counts: SeriesCounts;
  /** null: the records are readable only all together. */
  readonly marks: RecordMarks | null;
}

/** How the records that a sink writes by itself look; null: this form shows none of them. */
export interface RecordForm {
  ledger(record: Ledger): Uint8Array | null;
  output(record: OutputRecord): Uint8Array | null;
  /** Is given whatever is about to be written, just before, where the bytes depend on what stands before them. */
  place?(bytes: Uint8Array): void;
}

/**
 * Takes encoded chunks, in order; each leaves whole or is counted as refused. Never throws, never blocks, and tells nobody: what became
 * of a chunk must not reach the pipeline, or a replay would differ. It tells the output itself, in an output record behind each ledger
 * record.
 */
export interface ByteSink {
  /** Is called once, by the writer, before anything is written. */
  attach(form: RecordForm): void;
  /** Takes the chunk over; refuses it, counted, when too much waits. */
  write(chunk: Chunk): void;
  /** Takes bytes that the document cannot do without: its beginning, its end. */
  frame(bytes: Uint8Array): void;
  /** Takes a ledger record, which is never refused while the output can be written: of those that wait too long several become one. */
  ledger(record: Ledger): void;
  /** Bytes taken and not yet written. */
  readonly backlog: number;
}
