import { HEADER_BYTES, MAX_NAME_BYTES, MAX_POINTERS, MAX_RECORDS, MAX_WORK } from './limits.js';
import { ENDS_EARLY, LABEL, NAME_LENGTH, POINTER, POINTERS, WORK } from './reject.js';

/** Two bits that make a length a pointer (RFC 1035 §4.1.4). */
const POINTER_BITS = 0xc0;
/** Places that a pointer reaches. */
const REACH = 1 << 14;
/** Most names of a message: its question's, and three of each record (owner, and the two of a SOA). */
const INDEX_BITS = 11;
const MAX_NAMES = 1 + 3 * MAX_RECORDS;
const JUMP_BITS = 7;
const GENERATIONS = 1 << (32 - INDEX_BITS - JUMP_BITS);
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const JUMP_MASK = (1 << JUMP_BITS) - 1;
const SLOT_BITS = 12;
const SLOTS = 1 << SLOT_BITS;
/** Words of `scratch`: names begin at whole ones. */
const SCRATCH_WORDS = MAX_WORK + MAX_NAME_BYTES + 1;
/** Where the others begin, in words. */
const START = SCRATCH_WORDS;
const LENGTHS = START + MAX_NAMES;
const HASHES = LENGTHS + MAX_NAMES;
/** By upper bits of the hash: name, and generation. */
const BY_HASH = HASHES + MAX_NAMES;
/** By place in the message: the name that was read there, the pointers in it, and the generation. Places of mere pointers are not in it. */
const BY_PLACE = BY_HASH + SLOTS;
const KEYS = BY_PLACE + REACH;
const WORDS = KEYS + MAX_NAME_BYTES + 1;

/** ASCII letters to lower case; the lengths of labels, being below 'A', stay what they are. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

const NOTHING = new Uint8Array(0);
const NO_BYTES = new DataView(NOTHING.buffer);

/** Four bytes in lower case, where they are ASCII letters. */
function lowered(four: number): number {
  const low = four & 0x7f7f7f7f;
  // The upper bit of each byte: from 'A' on, and from behind 'Z' on.
  const letters = ((low + 0x3f3f3f3f) ^ (low + 0x25252525)) & ~four & 0x80808080;
  return four | (letters >>> 2);
}

/**
 * The distinct names of one message: each once, whole and lower-cased, as on the wire without pointers, in `scratch`. Names are known by
 * small numbers in the order in which they were read; the question's is 0.
 */
export class MessageNames {
  /** Names of this message. */
  count = 0;
  /** All that reading a name looks at and writes, as one array, which costs less than many. */
  readonly #memory = new Int32Array(WORDS);
  /** Each name begins at a multiple of 4. */
  readonly scratch = new Uint8Array(this.#memory.buffer, 0, 4 * SCRATCH_WORDS);
  readonly #copyView = new DataView(this.#memory.buffer);
  readonly start = this.#memory.subarray(START, START + MAX_NAMES);
  readonly length = this.#memory.subarray(LENGTHS, LENGTHS + MAX_NAMES);
  readonly hash = new Uint32Array(this.#memory.buffer, 4 * HASHES, MAX_NAMES);
  /** All bytes that the message stands in. */
  view: DataView = NO_BYTES;
  /** Place behind the name that was read last. */
  next = 0;
  #used = 0;
  #work = 0;
  #generation = 0;
  #bytes = 0;
  #viewed: Uint8Array = NOTHING;
  /** @param keys of the hash, as hashKeys makes them */
  constructor(keys: Uint32Array) {
    this.#memory.set(new Int32Array(keys.buffer, keys.byteOffset, keys.length), KEYS);
  }

  /** Another message begins. */
  clear(u8: Uint8Array): void {
    if (u8 !== this.#viewed) this.#look(u8);
    this.count = 0;
    this.#used = 0;
    this.#work = 0;
    if (++this.#generation < GENERATIONS) return;
    this.#generation = 1;
    this.#memory.fill(0, BY_HASH, KEYS);
  }

  #look(u8: Uint8Array): void {
    this.#viewed = u8;
    this.view = new DataView(u8.buffer, u8.byteOffset, u8.length);
    this.#bytes = u8.length;
  }

  /**
   * Reads the name at `at` of the message from `base` to `end`. Names are read in the order of their places.
   * @returns its number; below 0 the place in REJECT_REASONS, negated
   */
  read(u8: Uint8Array, base: number, at: number, end: number): number {
    if (at + 1 < end && u8[at]! >= POINTER_BITS) {
      const seen = this.#memory[BY_PLACE + (((u8[at]! & 0x3f) << 8) | u8[at + 1]!)]!;
      if (
        seen >>> (INDEX_BITS + JUMP_BITS) === this.#generation &&
        ((seen >>> INDEX_BITS) & JUMP_MASK) < MAX_POINTERS
      ) {
        this.next = at + 2;
        return seen & INDEX_MASK;
      }
    }
    return this.#walk(u8, base, at, end);
  }

  /** The same of the first name of a message. */
  first(u8: Uint8Array, base: number, at: number, end: number): number {
    return this.#walk(u8, base, at, end);
  }

  #see(place: number, index: number, jumps: number): void {
    if (place >= REACH) return;
    this.#memory[BY_PLACE + place] = (this.#generation << (INDEX_BITS + JUMP_BITS)) | (jumps << INDEX_BITS) | index;
  }

  /** Reads a name that is more than a pointer to one that was read: of labels alone, as most are. */
  #walk(u8: Uint8Array, base: number, at: number, end: number): number {
    let pos = at;
    for (;;) {
      if (pos >= end) return -ENDS_EARLY;
      const first = u8[pos]!;
      if (first === 0) break;
      if (first >= 0x40) return this.#follow(u8, base, at, end);
      pos += first + 1;
      if (pos - at >= MAX_NAME_BYTES) return -NAME_LENGTH;
    }
    const view = this.view;
    const next = pos + 1;
    const length = next - at;
    // What is read too much is there, or the other way is taken.
    if (next + 4 > this.#bytes) return this.#follow(u8, base, at, end);
    this.#work += length;
    if (this.#work > MAX_WORK) return -WORK;
    const words = this.#memory;
    const begin = this.#used;
    let word = begin >>> 2;
    let hash = 0;
    let k = KEYS;
    let from = at;
    for (const whole = next - 3; from < whole; from += 4) {
      const four = lowered(view.getInt32(from, true));
      words[word++] = four;
      hash = (hash + Math.imul(four & 0xffff, words[k]!) + Math.imul(four >>> 16, words[k + 1]!)) | 0;
      k += 2;
    }
    // One to three bytes are left, or none.
    const four = lowered(view.getInt32(from, true)) & ((1 << (8 * (next - from))) - 1);
    words[word] = four;
    hash = (hash + Math.imul(four & 0xffff, words[k]!) + Math.imul(four >>> 16, words[k + 1]!)) | 0;
    this.next = next;
    const index = this.#find(begin, length, hash);
    this.#see(at - base, index, 0);
    return index;
  }

  /** The same of any name: labels, and pointers to others. */
  #follow(u8: Uint8Array, base: number, at: number, end: number): number {
    const begin = this.#used;
    let out = begin;
    let pos = at;
    let jumps = 0;
    let next = -1;
    for (;;) {
      // Labels that stand behind each other, up to the root or a pointer.
      const from = pos;
      if (pos >= end) return -ENDS_EARLY;
      let first = u8[pos]!;
      while (first !== 0 && first < 0x40) {
        pos += first + 1;
        if (pos >= end) return -ENDS_EARLY;
        if (out - begin + pos - from >= MAX_NAME_BYTES) return -NAME_LENGTH;
        first = u8[pos]!;
      }
      this.#copy(u8, from, pos, out);
      out += pos - from;
      if (first === 0) break;
      if (first < POINTER_BITS) return -LABEL;
      if (pos + 1 >= end) return -ENDS_EARLY;
      const target = base + (((first & 0x3f) << 8) | u8[pos + 1]!);
      if (target >= from || target < base + HEADER_BYTES) return -POINTER;
      if (++jumps > MAX_POINTERS) return -POINTERS;
      if (next < 0) next = pos + 2;
      pos = target;
    }
    this.scratch[out++] = 0;
    this.#work += out - begin + jumps;
    if (this.#work > MAX_WORK) return -WORK;
    this.next = next < 0 ? pos + 1 : next;
    const index = this.#find(begin, out - begin, this.#hashOf(begin, out));
    this.#see(at - base, index, jumps);
    return index;
  }

  /** Copies bytes to `out` in `scratch`, in lower case. */
  #copy(u8: Uint8Array, from: number, to: number, out: number): void {
    const { view } = this;
    let pos = from;
    let p = out;
    if (to + 4 <= this.#bytes) {
      // Four at a time; what is written too much is written over, or zeroed by the hash.
      const copy = this.#copyView;
      for (; pos < to; pos += 4, p += 4) copy.setInt32(p, lowered(view.getInt32(pos, true)), true);
      return;
    }
    const scratch = this.scratch;
    while (pos < to) scratch[p++] = LOWER[u8[pos++]!]!;
  }

  /** The hash of the bytes in `scratch`; zeros behind them, to a whole word. */
  #hashOf(begin: number, end: number): number {
    const words = this.#memory;
    const last = (end - 1) >>> 2;
    // The bytes of the last word that count.
    words[last]! &= 0xffff_ffff >>> (8 * (3 - ((end - 1) & 3)));
    let hash = 0;
    let k = KEYS;
    for (let word = begin >>> 2; word <= last; word++) {
      const four = words[word]!;
      hash = (hash + Math.imul(four & 0xffff, words[k]!) + Math.imul(four >>> 16, words[k + 1]!)) | 0;
      k += 2;
    }
    return hash;
  }

  /** The number of the name that stands behind the others in `scratch`, with its hash as a signed number: its own, or that of its like. */
  #find(begin: number, length: number, hash: number): number {
    const memory = this.#memory;
    const generation = this.#generation;
    let slot = hash >>> (32 - SLOT_BITS);
    for (;;) {
      const held = memory[BY_HASH + slot]!;
      if (held >>> INDEX_BITS !== generation) break;
      const index = held & INDEX_MASK;
      if (
        memory[HASHES + index] === hash &&
        memory[LENGTHS + index] === length &&
        this.#same(memory[START + index]!, begin, length)
      )
        return index;
      slot = (slot + 1) & (SLOTS - 1);
    }
    const index = this.count++;
    memory[BY_HASH + slot] = (generation << INDEX_BITS) | index;
    memory[START + index] = begin;
    memory[LENGTHS + index] = length;
    memory[HASHES + index] = hash;
    this.#used = (begin + length + 3) & ~3;
    return index;
  }

  /** Names begin with words, and have zeros behind them. */
  #same(a: number, b: number, length: number): boolean {
    const words = this.#memory;
    const stop = (a + length + 3) >>> 2;
    for (let i = a >>> 2, k = b >>> 2; i < stop; i++, k++) if (words[i] !== words[k]) return false;
    return true;
  }
}
