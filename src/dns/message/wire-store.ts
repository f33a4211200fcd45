/** Bytes of a block; most names fit one or two. */
const BLOCK = 32;
const BLOCK_BITS = 5;
const FIRST_BLOCKS = 1024;

/**
 * Byte strings in blocks of one size that are linked, so that whatever lengths come after one another, every free block can be used. Known
 * by their first block, from 1; it grows up to its bound, and stays.
 */
export class WireStore {
  readonly #most: number;
  #bytes = new Uint8Array(FIRST_BLOCKS * BLOCK);
  /** Of each block the next of its string, or the next free one; 0 none. */
  #link = new Uint32Array(FIRST_BLOCKS);
  #free = 0;
  #next = 1;
  #used = 0;

  /** @param maxBytes most bytes in use, in whole blocks */
  constructor(maxBytes: number) {
    this.#most = Math.floor(maxBytes / BLOCK);
  }

  /** Bytes of the blocks in use. */
  get bytes(): number {
    return this.#used * BLOCK;
  }

  /** Keeps the bytes; returns their first block, 0 where there is no room. */
  add(from: Uint8Array, start: number, length: number): number {
    const blocks = (length + BLOCK - 1) >>> BLOCK_BITS;
    if (this.#used + blocks > this.#most) return 0;
    let first = 0;
    let last = 0;
    for (let at = start; at < start + length; at += BLOCK) {
      const block = this.#take();
      this.#link[block] = 0;
      if (first === 0) first = block;
      else this.#link[last] = block;
      last = block;
      const stop = Math.min(at + BLOCK, start + length);
      for (let i = at, to = block * BLOCK; i < stop; i++) this.#bytes[to++] = from[i]!;
    }
    return first;
  }

  /** Gives the blocks back. */
  remove(first: number): void {
    for (let block = first; block !== 0; ) {
      const next = this.#link[block]!;
      this.#link[block] = this.#free;
      this.#free = block;
      this.#used--;
      block = next;
    }
  }

  /** Whether it is the same as `length` bytes, of which it has as many. */
  equals(first: number, other: Uint8Array, start: number, length: number): boolean {
    const bytes = this.#bytes;
    let block = first;
    for (let at = start, left = length; left > 0; left -= BLOCK) {
      const stop = at + Math.min(left, BLOCK);
      for (let i = block * BLOCK; at < stop; at++) if (bytes[i++] !== other[at]) return false;
      block = this.#link[block]!;
    }
    return true;
  }

  /** Copies it, in whole blocks, to the begin of `out`. */
  read(first: number, out: Uint8Array): void {
    const bytes = this.#bytes;
    let to = 0;
    for (let block = first; block !== 0; block = this.#link[block]!) {
      for (let i = block * BLOCK, stop = i + BLOCK; i < stop; i++) out[to++] = bytes[i]!;
    }
  }

  #take(): number {
    this.#used++;
    const block = this.#free;
    if (block !== 0) {
      this.#free = this.#link[block]!;
      return block;
    }
    if (this.#next === this.#link.length) this.#grow();
    return this.#next++;
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    const link = new Uint32Array(this.#link.length * 2);
    link.set(this.#link);
    this.#bytes = bytes;
    this.#link = link;
  }
}
