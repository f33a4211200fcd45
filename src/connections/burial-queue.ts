const INITIAL_PLACES = 1 << 10;

/**
 * The buried connections in order of burial: entry, hash and time of the close of each, one after another in memory, so that releasing
 * them looks at nothing that lies elsewhere. Circular, grows by doubling.
 */
export class BurialQueue {
  #entries = new Uint32Array(INITIAL_PLACES);
  #hashes = new Uint32Array(INITIAL_PLACES);
  #ends = new Float64Array(INITIAL_PLACES);
  #mask = INITIAL_PLACES - 1;
  #first = 0;
  length = 0;

  /** Bytes of memory. */
  get bytes(): number {
    return (this.#mask + 1) * 16;
  }

  push(entry: number, hash: number, endNs: number): void {
    if (this.length > this.#mask) this.#grow();
    const place = (this.#first + this.length) & this.#mask;
    this.#entries[place] = entry;
    this.#hashes[place] = hash;
    this.#ends[place] = endNs;
    this.length++;
  }

  /** Of the one buried as the `i`-th, from 0, of those that are left. */
  entry(i: number): number {
    return this.#entries[(this.#first + i) & this.#mask]!;
  }

  hash(i: number): number {
    return this.#hashes[(this.#first + i) & this.#mask]!;
  }

  endNs(i: number): number {
    return this.#ends[(this.#first + i) & this.#mask]!;
  }

  /** Takes the eldest off. */
  shift(): void {
    this.#first = (this.#first + 1) & this.#mask;
    this.length--;
  }

  #grow(): void {
    const entries = new Uint32Array(2 * this.length);
    const hashes = new Uint32Array(2 * this.length);
    const ends = new Float64Array(2 * this.length);
    for (let i = 0; i < this.length; i++) {
      entries[i] = this.entry(i);
      hashes[i] = this.hash(i);
      ends[i] = this.endNs(i);
    }
    this.#entries = entries;
    this.#hashes = hashes;
    this.#ends = ends;
    this.#mask = entries.length - 1;
    this.#first = 0;
  }
}
