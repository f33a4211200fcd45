/** Records and units of one record type. */
export interface TypeCount {
  records: number;
  units: number;
}

/** Counts by name of record type: a spool outlasts builds, and the places of types change between them. */
export class TypeCounts {
  readonly #counts = new Map<string, TypeCount>();

  note(name: string, records: number, units: number): void {
    const count = this.#counts.get(name);
    if (count === undefined) this.#counts.set(name, { records, units });
    else {
      count.records += records;
      count.units += units;
    }
  }

  add(more: TypeCounts): void {
    for (const [name, { records, units }] of more.entries()) this.note(name, records, units);
  }

  of(name: string): TypeCount {
    return this.#counts.get(name) ?? { records: 0, units: 0 };
  }

  entries(): IterableIterator<[string, TypeCount]> {
    return this.#counts.entries();
  }

  copy(): TypeCounts {
    const counts = new TypeCounts();
    counts.add(this);
    return counts;
  }

  /** Records of all types. */
  get records(): number {
    let sum = 0;
    for (const { records } of this.#counts.values()) sum += records;
    return sum;
  }

  /** `{connection: [12, 5]}`: records and units. */
  toJSON(): Record<string, [number, number]> {
    return Object.fromEntries([...this.#counts].map(([name, { records, units }]) => [name, [records, units]]));
  }

  /** null when it cannot have been written by `toJSON`. */
  static parse(json: unknown): TypeCounts | null {
    if (typeof json !== 'object' || json === null) return null;
    const counts = new TypeCounts();
    for (const [name, pair] of Object.entries(json)) {
      const [records, units] = Array.isArray(pair) ? (pair as unknown[]) : [];
      if (!isCount(records) || !isCount(units)) return null;
      counts.note(name, records, units);
    }
    return counts;
  }
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
