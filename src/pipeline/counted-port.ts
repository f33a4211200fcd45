import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort, RecordWriter } from './record-writer.js';

/** A port that numbers the records of its series and counts what became of them, for the ledger. */
export class CountedPort<S extends RecordSource> implements RecordPort<S> {
  readonly #port: RecordPort<S> | null;
  /** Last running number given. */
  seq = 0;
  /** Records that the writer took, and the units they stand for. */
  records = 0;
  units = 0;
  /** Units of the records that could not be encoded. */
  unencodableUnits = 0;
  /** Units that the writer has no place for. */
  unaskedUnits = 0;

  constructor(type: RecordType<S>, writer: RecordWriter) {
    this.#port = writer.port(type);
  }

  /** Whether the writer has a place for its records. */
  get isTaken(): boolean {
    return this.#port !== null;
  }

  write(source: S, units: number): void {
    const port = this.#port;
    if (port === null) {
      this.unaskedUnits += units;
      return;
    }
    source.seq = ++this.seq;
    try {
      port.write(source, units);
    } catch {
      // Its number is spent: the output shows a gap as large as the ledger's count.
      this.unencodableUnits += units;
      return;
    }
    this.records++;
    this.units += units;
  }
}
