import type { BlockPool } from './block-pool.js';

/** Most pieces of a stream that wait for what comes before them. */
export const MAX_EARLY = 32;

/** How far `a` is behind `b` in the sequence numbers of TCP, which wrap (RFC 9293 §3.4). */
export function behind(a: number, b: number): number {
  return (a - b) | 0;
}

/** Of each stream the pieces that came before those in front of them, in order: a list of blocks, one for each piece. */
export class EarlyPieces {
  readonly #pool: BlockPool;
  readonly #first: Uint32Array;
  readonly count: Uint8Array;
  /** By block. */
  readonly #seq: Uint32Array;
  readonly #units: Uint32Array;
  readonly #begins: Uint8Array;
  readonly #time: Uint32Array;

  constructor(pool: BlockPool, streams: number) {
    this.#pool = pool;
    this.#first = new Uint32Array(streams + 1);
    this.count = new Uint8Array(streams + 1);
    const blocks = pool.most + 1;
    this.#seq = new Uint32Array(blocks);
    this.#units = new Uint32Array(blocks);
    this.#begins = new Uint8Array(blocks);
    this.#time = new Uint32Array(2 * blocks);
  }

  /** The block of the first piece; 0: there is none. */
  first(stream: number): number {
    return this.#first[stream]!;
  }

  seq(block: number): number {
    return this.#seq[block]!;
  }

  units(block: number): number {
    return this.#units[block]!;
  }

  /** Whether a message seems to begin with it. */
  begins(block: number): boolean {
    return this.#begins[block] === 1;
  }

  /** A word of its boot_ns: 0 the low one, 1 the high one. */
  time(block: number, word: number): number {
    return this.#time[2 * block + word]!;
  }

  /** Puts a block with a piece's bytes into its place; false: one that begins there already has all of them. */
  insert(
    stream: number,
    block: number,
    seq: number,
    units: number,
    begins: boolean,
    low: number,
    high: number,
  ): boolean {
    const { next, length } = this.#pool;
    let before = 0;
    let after = this.#first[stream]!;
    while (after !== 0 && behind(seq, this.#seq[after]!) > 0) {
      before = after;
      after = next[after]!;
    }
    // Sent again with more behind it, it comes in front of the shorter one.
    if (after !== 0 && this.#seq[after] === seq && length[after]! >= length[block]!) return false;
    this.#seq[block] = seq;
    this.#units[block] = units;
    this.#begins[block] = begins ? 1 : 0;
    this.#time[2 * block] = low;
    this.#time[2 * block + 1] = high;
    next[block] = after;
    if (before === 0) this.#first[stream] = block;
    else next[before] = block;
    this.count[stream]!++;
    return true;
  }

  /** Takes the first piece out of its list; its block is the caller's to give back. */
  shift(stream: number): number {
    const block = this.#first[stream]!;
    this.#first[stream] = this.#pool.next[block]!;
    this.count[stream]!--;
    return block;
  }
}
