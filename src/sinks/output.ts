import type { ConntrailError } from '../errors.js';
import type { RecordWriter } from '../pipeline/record-writer.js';

/** A writer with what stands behind it: what the tracer is given, and what the command asks at the end. */
export interface Output {
  readonly writer: RecordWriter;
  /** Closed connections that could not be written: never part of a record, but of the summary and the exit status. */
  readonly dropped: number;
  /** The first failure; null when there was none. */
  readonly error: ConntrailError | null;
  /** Resolves when everything handed on so far is written: for a source that can wait, a replay. */
  idle(): Promise<void>;
  /** Writes what is left and closes what was opened. After the pipeline's last record. */
  finish(): Promise<void>;
}
