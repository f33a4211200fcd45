import { KEPT } from '../layout.gen.js';

/** Bytes of a block: as many as a piece tells. */
export const BLOCK_BYTES = KEPT;
const SLAB_BITS = 6;
const SLAB_BLOCKS = 1 << SLAB_BITS;

/** Blocks of bytes, known by numbers from 1, each with a link to another. Memory is taken in slabs, and kept. */
export class BlockPool {
  readonly #most: number;
  readonly #slabs: Uint8Array[] = [];
  /** Of a block that is taken the next of its list, of a free one the next free one; 0 none. */
  readonly next: Uint32Array;
  /** Bytes that are used. */
  readonly length: Uint16Array;
  #free = 0;
  #last = 0;
  used = 0;

  /** @param bytes most bytes in all */
  constructor(bytes: number) {
    this.#most = Math.floor(bytes / BLOCK_BYTES);
    this.next = new Uint32Array(this.#most + 1);
    this.length = new Uint16Array(this.#most + 1);
  }

  get most(): number {
    return this.#most;
  }

  /** An empty block, at the end of no list; 0: there is none. */
  take(): number {
    let block = this.#free;
    if (block !== 0) this.#free = this.next[block]!;
    else {
      if (this.#last === this.#most) return 0;
      block = ++this.#last;
      if (block >>> SLAB_BITS === this.#slabs.length) this.#slabs.push(new Uint8Array(SLAB_BLOCKS * BLOCK_BYTES));
    }
    this.next[block] = 0;
    this.length[block] = 0;
    this.used++;
    return block;
  }

  give(block: number): void {
    this.next[block] = this.#free;
    this.#free = block;
    this.used--;
  }

  /** Gives back a whole list. */
  giveList(first: number): void {
    for (let block = first; block !== 0; ) {
      const next = this.next[block]!;
      this.give(block);
      block = next;
    }
  }

  /** Memory that the block is in. */
  memory(block: number): Uint8Array {
    return this.#slabs[block >>> SLAB_BITS]!;
  }

  /** Where it begins in that. */
  start(block: number): number {
    return (block & (SLAB_BLOCKS - 1)) * BLOCK_BYTES;
  }

  /** Adds bytes to the block, which has room for them. */
  append(block: number, u8: Uint8Array, at: number, count: number): void {
    const memory = this.memory(block);
    let to = this.start(block) + this.length[block]!;
    for (let i = at; i < at + count; i++) memory[to++] = u8[i]!;
    this.length[block]! += count;
  }
}
