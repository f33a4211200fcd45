/** Words of a pin: identity (cookie, generation), next of its bucket, older and newer, handle. */
const WORDS = 7;
const LOW = 0;
const HIGH = 1;
const GENERATION = 2;
const CHAIN = 3;
const OLDER = 4;
const NEWER = 5;
const HANDLE = 6;
const INITIAL = 256;

/** What open connections were told to be called, by their identity, so that it stays so. Pins are numbers from 1. Bounded; the eldest is in `eldest`. */
export class Pins {
  readonly #limit: number;
  #buckets = new Uint32Array(INITIAL);
  #words = new Uint32Array((INITIAL + 1) * WORDS);
  #used = 0;
  #free = 0;
  #newest = 0;
  /** The pin whose connection was seen least recently; 0: there is none. */
  eldest = 0;
  size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.size === this.#limit;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#buckets.byteLength;
  }

  /** The pin of a connection; 0: it has none. */
  find(low: number, high: number, generation: number): number {
    const words = this.#words;
    let pin = this.#buckets[this.#bucket(low, high, generation)]!;
    while (pin !== 0) {
      const at = pin * WORDS;
      if (words[at + LOW] === low && words[at + HIGH] === high && words[at + GENERATION] === generation) return pin;
      pin = words[at + CHAIN]!;
    }
    return 0;
  }

  /** Pins a connection that is not pinned; there is room. */
  add(low: number, high: number, generation: number, handle: number): void {
    const pin = this.#take();
    const at = pin * WORDS;
    const words = this.#words;
    words[at + LOW] = low;
    words[at + HIGH] = high;
    words[at + GENERATION] = generation;
    words[at + HANDLE] = handle;
    this.size++;
    this.#chain(pin);
    this.#append(pin);
  }

  handle(pin: number): number {
    return this.#words[pin * WORDS + HANDLE]!;
  }

  /** Its connection was seen. */
  touch(pin: number): void {
    if (this.#newest === pin) return;
    this.#unlink(pin);
    this.#append(pin);
  }

  remove(pin: number): void {
    const words = this.#words;
    const at = pin * WORDS;
    const bucket = this.#bucket(words[at + LOW]!, words[at + HIGH]!, words[at + GENERATION]!);
    if (this.#buckets[bucket] === pin) this.#buckets[bucket] = words[at + CHAIN]!;
    else {
      let before = this.#buckets[bucket]!;
      while (words[before * WORDS + CHAIN] !== pin) before = words[before * WORDS + CHAIN]!;
      words[before * WORDS + CHAIN] = words[at + CHAIN]!;
    }
    this.#unlink(pin);
    words[at + CHAIN] = this.#free;
    this.#free = pin;
    this.size--;
  }

  #bucket(low: number, high: number, generation: number): number {
    let h = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77) ^ Math.imul(generation, 0xc2b2ae3d);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return (h ^ (h >>> 13)) & (this.#buckets.length - 1);
  }

  #chain(pin: number): void {
    const words = this.#words;
    const at = pin * WORDS;
    const bucket = this.#bucket(words[at + LOW]!, words[at + HIGH]!, words[at + GENERATION]!);
    words[at + CHAIN] = this.#buckets[bucket]!;
    this.#buckets[bucket] = pin;
  }

  #take(): number {
    const pin = this.#free;
    if (pin !== 0) {
      this.#free = this.#words[pin * WORDS + CHAIN]!;
      return pin;
    }
    this.#used++;
    if ((this.#used + 1) * WORDS > this.#words.length) this.#grow();
    return this.#used;
  }

  /** Only when all pins are in use. */
  #grow(): void {
    const words = new Uint32Array((Math.min(this.#limit, 2 * this.#used) + 1) * WORDS);
    words.set(this.#words);
    this.#words = words;
    this.#buckets = new Uint32Array(2 * this.#buckets.length);
    for (let pin = 1; pin < this.#used; pin++) this.#chain(pin);
  }

  #append(pin: number): void {
    this.#words[pin * WORDS + OLDER] = this.#newest;
    this.#words[pin * WORDS + NEWER] = 0;
    if (this.#newest === 0) this.eldest = pin;
    else this.#words[this.#newest * WORDS + NEWER] = pin;
    this.#newest = pin;
  }

  #unlink(pin: number): void {
    const words = this.#words;
    const older = words[pin * WORDS + OLDER]!;
    const newer = words[pin * WORDS + NEWER]!;
    if (older === 0) this.eldest = newer;
    else words[older * WORDS + NEWER] = newer;
    if (newer === 0) this.#newest = older;
    else words[newer * WORDS + OLDER] = older;
  }
}
