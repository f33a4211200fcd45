import type { RecordWriter } from '../pipeline/record-writer.js';

/** Writes nothing: for whoever wants the ledger alone. */
export class NullWriter implements RecordWriter {
  readonly backlog = 0;

  connection(): void {}

  ledger(): void {}

  push(): void {}
}
