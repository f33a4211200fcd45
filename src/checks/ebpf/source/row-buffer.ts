import type { NativeBpf } from '../../../native/index.js';

/** It begins with the first, and doubles as far as the last, bytes. */
const FIRST = 1 << 16;
const LAST = 1 << 26;

/** Memory that iterators write their rows into, one after the other. It grows to what they need once. */
export class RowBuffer {
  readonly #bpf: Pick<NativeBpf, 'rows' | 'rowsOf'>;
  #bytes = new Uint8Array(FIRST);

  constructor(bpf: Pick<NativeBpf, 'rows' | 'rowsOf'>) {
    this.#bpf = bpf;
  }

  /**
   * All rows of an iterator, valid until the next ones are read. null: it cannot be walked, or has more than there may be.
   * @param link its descriptor; -1: absent
   */
  read(link: number): DataView | null {
    return link < 0 ? null : this.#fill((into) => this.#bpf.rows(link, into));
  }

  /** Those of the tasks of one process. @returns null likewise, and where the kernel walks all there are */
  readOf(program: number, pid: number): DataView | null {
    return program < 0 ? null : this.#fill((into) => this.#bpf.rowsOf(program, pid, into));
  }

  #fill(walk: (into: Uint8Array) => number): DataView | null {
    for (;;) {
      const size = walk(this.#bytes);
      if (size < 0) return null;
      if (size < this.#bytes.length) return new DataView(this.#bytes.buffer, 0, size);
      if (this.#bytes.length >= LAST) return null;
      this.#bytes = new Uint8Array(2 * this.#bytes.length);
    }
  }
}
