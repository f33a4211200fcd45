/**
 * Bytes that arrive in chunks and are looked at in order; what was taken is released.
 */
export class ByteQueue {
  #bytes = new Uint8Array(0);
  #from = 0;
  #done = false;
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** Bytes taken so far: the offset of the next one. */
  offset = 0;

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** Bytes that are here and not yet taken. */
  get length(): number {
    return this.#bytes.length - this.#from;
  }

  /** Waits until `length` bytes are here, or all there are; returns whether they are. */
  async fill(length: number): Promise<boolean> {
    const parts: Uint8Array[] = [];
    let have = this.length;
    while (have < length && !this.#done) {
      const next = await this.#chunks.next();
      if (next.done) this.#done = true;
      else {
        parts.push(next.value);
        have += next.value.length;
      }
    }
    if (parts.length > 0) {
      const bytes = new Uint8Array(have);
      bytes.set(this.peek());
      let at = this.length;
      for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
      this.#bytes = bytes;
      this.#from = 0;
    }
    return have >= length;
  }

  /** All bytes that are here, without taking them. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#from);
  }

  /** Takes bytes that are here. */
  take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#from, this.#from + length);
    this.#from += length;
    this.offset += length;
    return bytes;
  }

  /** Takes all the rest and returns its length. */
  async drain(): Promise<number> {
    let length = 0;
    do {
      length += this.length;
      this.take(this.length);
    } while (await this.fill(1));
    return length;
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    this.#done = true;
    await this.#chunks.return?.();
  }
}
