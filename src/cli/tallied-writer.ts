import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';

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

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    return this.#writer.port(type);
  }

  ledger(record: Ledger): void {
    this.#writer.ledger(record);
    this.#seen(record);
  }

  push(): void {
    this.#writer.push();
  }
}
