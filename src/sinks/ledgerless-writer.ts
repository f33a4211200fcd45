import type { ConnectionSource } from '../connections/connection-source.js';
import type { RecordWriter } from '../pipeline/record-writer.js';

/** A writer that is given connections only: for whoever wants nothing else in the stream, and does without its proof. */
export class LedgerlessWriter implements RecordWriter {
  readonly #writer: RecordWriter;

  constructor(writer: RecordWriter) {
    this.#writer = writer;
  }

  get backlog(): number {
    return this.#writer.backlog;
  }

  connection(source: ConnectionSource): void {
    this.#writer.connection(source);
  }

  ledger(): void {
    this.#writer.push();
  }

  push(): void {
    this.#writer.push();
  }
}
