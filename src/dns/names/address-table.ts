import type { AddressKey } from './address-key.js';
import { MAX_NAMESPACES } from './namespaces.js';

/** Words of an entry. */
const WORDS = 12;
const NAMESPACE = 0;
const FAMILY = 1;
const ADDRESS = 2;
const HASH = 6;
/** Next entry of the same bucket, or of the list of free ones. */
const CHAIN = 7;
const OLDER = 8;
const NEWER = 9;
const FIRST = 10;
const COUNT = 11;
const INITIAL = 256;

/**
 * Addresses by namespace, each with a list of whatever is known of it; entries are numbers from 1. Those of one namespace stand in the order
 * of their last use. Bounded; who must go is the owner's business.
 */
export class AddressTable {
  readonly #limit: number;
  readonly #buckets: Uint32Array;
  /** A hash's upper bits are its bucket. */
  readonly #shift: number;
  #words: Uint32Array;
  #used = 0;
  #free = 0;
  /** By namespace: ends of the list. */
  readonly #eldest = new Uint32Array(MAX_NAMESPACES + 1);
  readonly #newest = new Uint32Array(MAX_NAMESPACES + 1);
  size = 0;

  constructor(limit: number) {
    this.#limit = limit;
    const bits = Math.ceil(Math.log2(Math.max(limit, 2)));
    this.#buckets = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
    this.#words = new Uint32Array((Math.min(limit, INITIAL) + 1) * WORDS);
  }

  get full(): boolean {
    return this.size === this.#limit;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#buckets.byteLength;
  }

  /** Entries ever used: none has a higher number. */
  get used(): number {
    return this.#used;
  }

  /** Whether the entry is in use. */
  holds(entry: number): boolean {
    return this.#words[entry * WORDS + NAMESPACE] !== 0;
  }

  find(namespace: number, key: AddressKey): number {
    const words = this.#words;
    let entry = this.#buckets[this.#bucket(namespace, key.hash)]!;
    while (entry !== 0) {
      const at = entry * WORDS;
      if (
        words[at + ADDRESS] === key.a &&
        words[at + ADDRESS + 1] === key.b &&
        words[at + ADDRESS + 2] === key.c &&
        words[at + ADDRESS + 3] === key.d &&
        words[at + NAMESPACE] === namespace &&
        words[at + FAMILY] === key.family
      ) {
        return entry;
      }
      entry = words[at + CHAIN]!;
    }
    return 0;
  }

  /** Adds an address that is not in the table, as the one used last; the table is not full. */
  add(namespace: number, key: AddressKey): number {
    const entry = this.#take();
    const words = this.#words;
    const at = entry * WORDS;
    words[at + NAMESPACE] = namespace;
    words[at + FAMILY] = key.family;
    words[at + ADDRESS] = key.a;
    words[at + ADDRESS + 1] = key.b;
    words[at + ADDRESS + 2] = key.c;
    words[at + ADDRESS + 3] = key.d;
    words[at + HASH] = key.hash;
    words[at + FIRST] = 0;
    words[at + COUNT] = 0;
    const bucket = this.#bucket(namespace, key.hash);
    words[at + CHAIN] = this.#buckets[bucket]!;
    this.#buckets[bucket] = entry;
    this.#append(entry, namespace);
    this.size++;
    return entry;
  }

  remove(entry: number): void {
    const words = this.#words;
    const at = entry * WORDS;
    const namespace = words[at + NAMESPACE]!;
    const bucket = this.#bucket(namespace, words[at + HASH]!);
    if (this.#buckets[bucket] === entry) this.#buckets[bucket] = words[at + CHAIN]!;
    else {
      let before = this.#buckets[bucket]!;
      while (words[before * WORDS + CHAIN] !== entry) before = words[before * WORDS + CHAIN]!;
      words[before * WORDS + CHAIN] = words[at + CHAIN]!;
    }
    this.#unlink(entry, namespace);
    words[at + NAMESPACE] = 0;
    words[at + CHAIN] = this.#free;
    this.#free = entry;
    this.size--;
  }

  /** Makes it the one used last of its namespace. */
  touch(entry: number): void {
    const namespace = this.namespace(entry);
    if (this.#newest[namespace] === entry) return;
    this.#unlink(entry, namespace);
    this.#append(entry, namespace);
  }

  /** The one of a namespace whose last use is longest ago; 0: it has none. */
  eldest(namespace: number): number {
    return this.#eldest[namespace]!;
  }

  namespace(entry: number): number {
    return this.#words[entry * WORDS + NAMESPACE]!;
  }

  /** First of its list. */
  first(entry: number): number {
    return this.#words[entry * WORDS + FIRST]!;
  }

  /** Length of its list. */
  count(entry: number): number {
    return this.#words[entry * WORDS + COUNT]!;
  }

  setList(entry: number, first: number, count: number): void {
    this.#words[entry * WORDS + FIRST] = first;
    this.#words[entry * WORDS + COUNT] = count;
  }

  #bucket(namespace: number, hash: number): number {
    return (hash + Math.imul(namespace, 0x9e3779b1)) >>> this.#shift;
  }

  #take(): number {
    const entry = this.#free;
    if (entry !== 0) {
      this.#free = this.#words[entry * WORDS + CHAIN]!;
      return entry;
    }
    this.#used++;
    if ((this.#used + 1) * WORDS > this.#words.length) {
      const words = new Uint32Array((Math.min(this.#limit, 2 * this.#used) + 1) * WORDS);
      words.set(this.#words);
      this.#words = words;
    }
    return this.#used;
  }

  #append(entry: number, namespace: number): void {
    const last = this.#newest[namespace]!;
    this.#words[entry * WORDS + OLDER] = last;
    this.#words[entry * WORDS + NEWER] = 0;
    if (last === 0) this.#eldest[namespace] = entry;
    else this.#words[last * WORDS + NEWER] = entry;
    this.#newest[namespace] = entry;
  }

  #unlink(entry: number, namespace: number): void {
    const words = this.#words;
    const older = words[entry * WORDS + OLDER]!;
    const newer = words[entry * WORDS + NEWER]!;
    if (older === 0) this.#eldest[namespace] = newer;
    else words[older * WORDS + NEWER] = newer;
    if (newer === 0) this.#newest[namespace] = older;
    else words[newer * WORDS + OLDER] = older;
  }
}
