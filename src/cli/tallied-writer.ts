import type { ConnectionSource } from '../connections/connection-source.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { RecordWriter } from '../pipeline/record-writer.js';

/** A writer that shows each ledger record to the command on its way. */
export class TalliedWriter implements RecordWriter {
  readonly #writer: RecordWriter;
  readonly #seen: (record: Ledger) => void;

  constructor(writer: RecordWriter, seen: (record: Ledger) => void) {
    this.#writer = writer;
    this.#seen = seen;
  }

  get backlog(): number {
    return this.#writer.backlog;
  }

  connection(source: ConnectionSource): void {
    this.#writer.connection(source);
  }

  ledger(record: Ledger): void {
    this.#writer.ledger(record);
    this.#seen(record);
  }

  push(): void {
    this.#writer.push();
  }
}
