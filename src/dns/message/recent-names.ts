import type { NameTable } from './name-table.js';
import type { NamePutter } from './value-text.js';

/** Names that are kept though nobody holds them. A power of two. */
export const RECENT = 1024;

/**
 * Writes names as a table shows them. Those it wrote last stay in the table, so that what is shown in a name's place is not worked out for each
 * record anew.
 */
export class RecentNames implements NamePutter {
  readonly #table: NameTable;
  readonly #held = new Uint32Array(RECENT);
  #next = 0;

  constructor(table: NameTable) {
    this.#table = table;
  }

  put(out: Uint8Array, pos: number, wire: Uint8Array, start: number, length: number, hash: number): number {
    const handle = this.#table.intern(wire, start, length, hash);
    if (handle === 0) return -1;
    this.#table.release(this.#held[this.#next]!);
    this.#held[this.#next] = handle;
    this.#next = (this.#next + 1) & (RECENT - 1);
    return this.#table.putText(out, pos, handle);
  }

  /** Lets go of all. */
  close(): void {
    for (let i = 0; i < RECENT; i++) {
      this.#table.release(this.#held[i]!);
      this.#held[i] = 0;
    }
  }
}
