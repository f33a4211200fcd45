import type { RecordType } from '../encoding/record-type.js';
import type { SeriesCount } from './generated/output.js';

/** What something holds of each record type: records, and the units of their feature's ledger row that they stand for. */
export class SeriesCounts {
  /** By `RecordType.index`. */
  readonly #records: number[] = [];
  readonly #units: number[] = [];

  /** Counts of one record type. */
  static of({ index }: Pick<RecordType, 'index'>, records: number, units: number): SeriesCounts {
    const counts = new SeriesCounts();
    counts.note(index, records, units);
    return counts;
  }

  /** @param index of the record type */
  note(index: number, records: number, units: number): void {
    // Without holes: arrays of numbers stay such.
    while (this.#records.length <= index) {
      this.#records.push(0);
      this.#units.push(0);
    }
    this.#records[index] = this.#records[index]! + records;
    this.#units[index] = this.#units[index]! + units;
  }

  add(more: SeriesCounts): void {
    for (let i = 0; i < more.#records.length; i++) this.note(i, more.#records[i]!, more.#units[i]!);
  }

  /** What is left without `part`. */
  without(part: SeriesCounts): SeriesCounts {
    const rest = this.copy();
    for (let i = 0; i < part.#records.length; i++) rest.note(i, -part.#records[i]!, -part.#units[i]!);
    return rest;
  }

  copy(): SeriesCounts {
    const counts = new SeriesCounts();
    counts.add(this);
    return counts;
  }

  /** What it holds of one record type. */
  of({ index }: Pick<RecordType, 'index'>): SeriesCount {
    return { records: this.#records[index] ?? 0, units: this.#units[index] ?? 0 };
  }

  /** Records of all types. */
  get records(): number {
    return this.#records.reduce((sum, records) => sum + records, 0);
  }

  /** Units of all types. */
  get units(): number {
    return this.#units.reduce((sum, units) => sum + units, 0);
  }
}
