/** Frames that never arrived, told by the running numbers of each source. */
export class SourceGaps {
  readonly #next = new Map<number, number>();
  /** Frames, all sources. */
  missing = 0;

  note(source: number, seq: number): void {
    const next = this.#next.get(source);
    // A source's first number is 0; a recording may begin later.
    if (next !== undefined && next !== seq) this.missing += (seq - next) >>> 0;
    this.#next.set(source, (seq + 1) >>> 0);
  }
}
