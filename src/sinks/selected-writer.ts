import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';

/** A writer that has a place for records of some types only; the ledger is always given to it. */
export class SelectedWriter implements RecordWriter {
  readonly #writer: RecordWriter;
  readonly #names: ReadonlySet<string>;

  constructor(writer: RecordWriter, names: Iterable<string>) {
    this.#writer = writer;
    this.#names = new Set(names);
  }

  get backlog(): number {
    return this.#writer.backlog;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    return this.#names.has(type.name) ? this.#writer.port(type) : null;
  }

  ledger(record: Ledger): void {
    this.#writer.ledger(record);
  }

  push(): void {
    this.#writer.push();
  }
}
