/** Records, and the units of their feature's row that they stand for. */
export interface RecordCount {
  records: number;
  units: number;
}

/** Counts by record type. */
export class RecordCounts {
  readonly #counts = new Map<string, RecordCount>();

  of(record: string): Readonly<RecordCount> {
    return this.#counts.get(record) ?? NOTHING;
  }

  add(record: string, records: number, units: number): void {
    const count = this.#counts.get(record);
    if (count === undefined) this.#counts.set(record, { records, units });
    else {
      count.records += records;
      count.units += units;
    }
  }

  addAll(other: RecordCounts): void {
    for (const [record, { records, units }] of other) this.add(record, records, units);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** Units of all types. */
  get units(): number {
    let sum = 0;
    for (const { units } of this.#counts.values()) sum += units;
    return sum;
  }

  /** Records of all types. */
  get records(): number {
    let sum = 0;
    for (const { records } of this.#counts.values()) sum += records;
    return sum;
  }

  [Symbol.iterator](): IterableIterator<[record: string, count: RecordCount]> {
    return this.#counts[Symbol.iterator]();
  }
}

const NOTHING: RecordCount = { records: 0, units: 0 };
