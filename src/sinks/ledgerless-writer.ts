import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';

/** A writer that is given no ledger records: for whoever wants nothing else in the stream, and does without its proof. */
export class LedgerlessWriter implements RecordWriter {
  readonly #writer: RecordWriter;

  constructor(writer: RecordWriter) {
    this.#writer = writer;
  }

  get backlog(): number {
    return this.#writer.backlog;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    return this.#writer.port(type);
  }

  ledger(): void {
    this.#writer.push();
  }

  push(): void {
    this.#writer.push();
  }
}
