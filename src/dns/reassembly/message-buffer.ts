import { BLOCK_BYTES, type BlockPool } from './block-pool.js';

/** Bytes of the length before a message on TCP (RFC 1035 §4.2.2). */
export const PREFIX_BYTES = 2;

/** Of each stream the begin of a message whose end has not come, its length included. Streams are small numbers. */
export class MessageBuffer {
  readonly #pool: BlockPool;
  readonly #first: Uint32Array;
  readonly #last: Uint32Array;
  readonly have: Uint32Array;
  /** Bytes of a message in one piece. */
  readonly whole = new Uint8Array(1 << 16);

  constructor(pool: BlockPool, streams: number) {
    this.#pool = pool;
    this.#first = new Uint32Array(streams + 1);
    this.#last = new Uint32Array(streams + 1);
    this.have = new Uint32Array(streams + 1);
  }

  /** Bytes that are missing: of the length, as long as it is not whole, else of the message. */
  missing(stream: number): number {
    const have = this.have[stream]!;
    return have < PREFIX_BYTES ? PREFIX_BYTES - have : PREFIX_BYTES + this.#length(stream) - have;
  }

  /** Whether the message is whole. */
  isWhole(stream: number): boolean {
    return this.have[stream]! >= PREFIX_BYTES && this.missing(stream) === 0;
  }

  /** Adds bytes; returns how many found room. */
  append(stream: number, u8: Uint8Array, at: number, count: number): number {
    let done = 0;
    while (done < count) {
      let block = this.#last[stream]!;
      if (block === 0 || this.#pool.length[block] === BLOCK_BYTES) {
        const next = this.#pool.take();
        if (next === 0) return done;
        if (block === 0) this.#first[stream] = next;
        else this.#pool.next[block] = next;
        this.#last[stream] = next;
        block = next;
      }
      const part = Math.min(count - done, BLOCK_BYTES - this.#pool.length[block]!);
      this.#pool.append(block, u8, at + done, part);
      this.have[stream]! += part;
      done += part;
    }
    return done;
  }

  /** Puts the message together in `whole`, and forgets it; returns its length. */
  takeWhole(stream: number): number {
    let to = 0;
    let skip = PREFIX_BYTES;
    for (let block = this.#first[stream]!; block !== 0; block = this.#pool.next[block]!) {
      const start = this.#pool.start(block);
      const end = start + this.#pool.length[block]!;
      this.whole.set(this.#pool.memory(block).subarray(start + skip, end), to);
      to += end - start - skip;
      skip = 0;
    }
    this.clear(stream);
    return to;
  }

  clear(stream: number): void {
    this.#pool.giveList(this.#first[stream]!);
    this.#first[stream] = 0;
    this.#last[stream] = 0;
    this.have[stream] = 0;
  }

  #length(stream: number): number {
    const block = this.#first[stream]!;
    const memory = this.#pool.memory(block);
    const start = this.#pool.start(block);
    return (memory[start]! << 8) | memory[start + 1]!;
  }
}
