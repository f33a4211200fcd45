/** Running numbers of one series of records: they go on one by one. */
export class SeriesCheck {
  #lastSeq = 0;
  #missing = 0;
  #firstGap: string | null = null;

  constructor(
    readonly record: string,
    readonly fault: (text: string) => void,
  ) {}

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Numbers that no record had. */
  get missing(): number {
    return this.#missing;
  }

  /** Where the first of them is, for a sentence. */
  get firstGap(): string {
    return this.#firstGap ?? 'nowhere';
  }

  add(seq: number): void {
    const expected = this.#lastSeq + 1;
    if (seq < expected)
      this.fault(`${this.record} seq ${seq} follows ${this.#lastSeq}: records are repeated or out of order`);
    if (seq > expected) {
      this.#missing += seq - expected;
      this.#firstGap ??= seq === expected + 1 ? `seq ${expected}` : `seq ${expected} to ${seq - 1}`;
    }
    this.#lastSeq = Math.max(seq, this.#lastSeq);
  }
}
