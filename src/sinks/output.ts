import type { ConntrailError } from '../errors.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { SeriesCounts } from './series-counts.js';

/** A writer with what stands behind it: what the tracer is given, and what the command asks while it runs and at the end. */
export interface Output {
  /** What sentences call it. */
  readonly name: string;
  readonly writer: RecordWriter;
  /** What is whole in the output. Everything handed over is in one of these three once `finish` has resolved. */
  readonly written: SeriesCounts;
  /** What could not be written, so far: of the summary, of the exit status and of the output's own account. */
  readonly refused: SeriesCounts;
  /** What came when nobody read any more, which is no loss. */
  readonly unread: SeriesCounts;
  /** What went wrong, the first of each kind. */
  readonly errors: readonly ConntrailError[];
  /** Resolves when everything handed on so far is settled: for a source that can wait, a replay. */
  idle(): Promise<void>;
  /** Writes what is left and closes what was opened. After the pipeline's last record. */
  finish(): Promise<void>;
  /** Gives up what is not written yet, counted as refused: for an end that cannot wait. Absent where nobody can be waited for. */
  abandon?(): void;
  /** Ends it without waiting for anything: for a run that did not begin. Absent where nothing would go on by itself. */
  discard?(): Promise<void>;
  /** What became of the records, as a line for people; absent: their units say it. */
  summary?(): string;
  /** ms that `finish` may take before it is given up; absent: a reader is waited for, however long it takes. */
  readonly endsWithinMs?: number;
}
