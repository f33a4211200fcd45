import { type NameList, TOLD_NAMES } from './name-list.js';

/** Lists that nobody holds are kept, since the same ones come again; no more than so many. */
const MOST_IDLE = 4096;
const INITIAL = 256;
/** Words of a list: hash, next of its bucket, holders, names; older and newer of those that are idle; marks. */
const WORDS = 7;
const HASH = 0;
const CHAIN = 1;
const HOLDERS = 2;
const COUNT = 3;
const OLDER = 4;
const NEWER = 5;
const MARKS = 6;

/** Is told of lists that are no more. */
export type Forgotten = (list: number) => void;

/**
 * Lists of names as records tell them, each stored once, under numbers from 1, for as long as somebody holds it and a little longer.
 * Bounded. Times are of the boot clock, ns.
 */
export class Lists {
  readonly #limit: number;
  readonly #forgotten: Forgotten;
  readonly #buckets: Uint32Array;
  #words: Uint32Array;
  #names: Uint32Array;
  #kinds: Uint8Array;
  #times: Float64Array;
  #offsets: Float64Array;
  #used = 0;
  #free = 0;
  #eldest = 0;
  #newest = 0;
  #idle = 0;
  size = 0;
  /** Of the list taken last. */
  isNew = false;

  /** @param limit of those that are held; as many idle ones as MOST_IDLE come on top */
  constructor(limit: number, forgotten: Forgotten) {
    this.#limit = limit + MOST_IDLE;
    this.#forgotten = forgotten;
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(this.#limit)));
    this.#words = new Uint32Array(INITIAL * WORDS);
    this.#names = new Uint32Array(INITIAL * TOLD_NAMES);
    this.#kinds = new Uint8Array(INITIAL * TOLD_NAMES);
    this.#times = new Float64Array(INITIAL * TOLD_NAMES);
    this.#offsets = new Float64Array(INITIAL);
  }

  /** Those that somebody holds. */
  get held(): number {
    return this.size - this.#idle;
  }

  get bytes(): number {
    const { byteLength } = this.#words;
    return byteLength + this.#names.byteLength + this.#kinds.byteLength + this.#times.byteLength;
  }

  /**
   * The list that says what the told ones of `source` do, held once more; 0: there is no room. `isNew` tells whether it was there before.
   * @param wallOffsetUs kept with a new one: from the boot clock to UTC
   */
  take(source: NameList, wallOffsetUs: number): number {
    const hash = hashOf(source);
    for (let list = this.#buckets[hash & (this.#buckets.length - 1)]!; list !== 0; list = this.#word(list, CHAIN)) {
      if (this.#word(list, HASH) !== hash || !this.#says(list, source)) continue;
      if (this.#words[list * WORDS + HOLDERS]!++ === 0) this.#wake(list);
      this.isNew = false;
      return list;
    }
    this.isNew = true;
    const list = this.#add(source, hash);
    this.#offsets[list] = wallOffsetUs;
    return list;
  }

  release(list: number): void {
    if (--this.#words[list * WORDS + HOLDERS]! > 0) return;
    this.#words[list * WORDS + OLDER] = this.#newest;
    this.#words[list * WORDS + NEWER] = 0;
    if (this.#newest === 0) this.#eldest = list;
    else this.#words[this.#newest * WORDS + NEWER] = list;
    this.#newest = list;
    if (++this.#idle > MOST_IDLE) this.#forget(this.#eldest);
  }

  count(list: number): number {
    return this.#word(list, COUNT);
  }

  name(list: number, place: number): number {
    return this.#names[list * TOLD_NAMES + place]!;
  }

  source(list: number, place: number): number {
    return this.#kinds[list * TOLD_NAMES + place]! >>> 2;
  }

  own(list: number, place: number): number {
    return this.#kinds[list * TOLD_NAMES + place]! & 3;
  }

  time(list: number, place: number): number {
    return this.#times[list * TOLD_NAMES + place]!;
  }

  /** UTC, µs, of when its name was answered. */
  utcUs(list: number, place: number): number {
    return Math.floor(this.time(list, place) / 1000) + this.#offsets[list]!;
  }

  /** Bits that whoever encodes it may keep with it; 0 in a new one. */
  marks(list: number): number {
    return this.#word(list, MARKS);
  }

  mark(list: number, bits: number): void {
    this.#words[list * WORDS + MARKS]! |= bits;
  }

  #word(list: number, word: number): number {
    return this.#words[list * WORDS + word]!;
  }

  #says(list: number, { told, names, sources, owns, times }: NameList): boolean {
    if (this.#word(list, COUNT) !== told) return false;
    for (let i = 0, at = list * TOLD_NAMES; i < told; i++, at++) {
      if (this.#names[at] !== names[i] || this.#times[at] !== times[i]) return false;
      if (this.#kinds[at] !== ((sources[i]! << 2) | owns[i]!)) return false;
    }
    return true;
  }

  #add({ told, names, sources, owns, times }: NameList, hash: number): number {
    if (this.size === this.#limit && this.#idle > 0) this.#forget(this.#eldest);
    if (this.size === this.#limit) return 0;
    const list = this.#take();
    for (let i = 0, at = list * TOLD_NAMES; i < told; i++, at++) {
      this.#names[at] = names[i]!;
      this.#kinds[at] = (sources[i]! << 2) | owns[i]!;
      this.#times[at] = times[i]!;
    }
    const bucket = hash & (this.#buckets.length - 1);
    const at = list * WORDS;
    this.#words[at + HASH] = hash;
    this.#words[at + CHAIN] = this.#buckets[bucket]!;
    this.#words[at + HOLDERS] = 1;
    this.#words[at + COUNT] = told;
    this.#words[at + MARKS] = 0;
    this.#buckets[bucket] = list;
    this.size++;
    return list;
  }

  #forget(list: number): void {
    this.#wake(list);
    this.#forgotten(list);
    const words = this.#words;
    const bucket = this.#word(list, HASH) & (this.#buckets.length - 1);
    if (this.#buckets[bucket] === list) this.#buckets[bucket] = this.#word(list, CHAIN);
    else {
      let before = this.#buckets[bucket]!;
      while (this.#word(before, CHAIN) !== list) before = this.#word(before, CHAIN);
      words[before * WORDS + CHAIN] = this.#word(list, CHAIN);
    }
    words[list * WORDS + CHAIN] = this.#free;
    this.#free = list;
    this.size--;
  }

  /** It is not idle any more. */
  #wake(list: number): void {
    const words = this.#words;
    const older = this.#word(list, OLDER);
    const newer = this.#word(list, NEWER);
    if (older === 0) this.#eldest = newer;
    else words[older * WORDS + NEWER] = newer;
    if (newer === 0) this.#newest = older;
    else words[newer * WORDS + OLDER] = older;
    this.#idle--;
  }

  #take(): number {
    const list = this.#free;
    if (list !== 0) {
      this.#free = this.#word(list, CHAIN);
      return list;
    }
    this.#used++;
    if ((this.#used + 1) * WORDS > this.#words.length) this.#grow(Math.min(this.#limit, 2 * this.#used) + 1);
    return this.#used;
  }

  #grow(room: number): void {
    const words = new Uint32Array(room * WORDS);
    words.set(this.#words);
    this.#words = words;
    const names = new Uint32Array(room * TOLD_NAMES);
    names.set(this.#names);
    this.#names = names;
    const kinds = new Uint8Array(room * TOLD_NAMES);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const times = new Float64Array(room * TOLD_NAMES);
    times.set(this.#times);
    this.#times = times;
    const offsets = new Float64Array(room);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
  }
}

function hashOf({ told, names, sources, owns, times }: NameList): number {
  let h = told;
  for (let i = 0; i < told; i++) {
    const time = times[i]!;
    h = Math.imul(h ^ names[i]!, 0x9e3779b1) ^ ((sources[i]! << 2) | owns[i]!);
    h = Math.imul(h ^ (h >>> 15) ^ (time | 0), 0x85ebca77) ^ Math.floor(time / 4294967296);
  }
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
