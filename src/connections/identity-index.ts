import { CONN } from './layout.gen.js';

/** Places of the identity in `struct ct_conn`, in words. */
const COOKIE = CONN.cookie >>> 2;
const GENERATION = CONN.generation >>> 2;

/** Entries are 16 words; the first three are the identity: cookie (low, high) and generation. */
export const ENTRY_WORDS = 16;
export const WORD_COOKIE_LOW = 0;
export const WORD_COOKIE_HIGH = 1;
export const WORD_GENERATION = 2;

const MOVED = 0xffffffff;
const INITIAL_SLOTS = 1 << 10;
/** Slots moved to the larger index per step: some 20 µs. */
const SLOTS_PER_STEP = 1024;

/** Mixes an identity to 32 bits. Cookies count upwards per CPU, so that plain low bits would cluster. */
export function hashIdentity(low: number, high: number, generation: number): number {
  let h = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77) ^ Math.imul(generation, 0xc2b2ae3d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * From identity to entry number: open addressing with linear probing, at most 9/16 full. A slot is two words, hash and entry + 1 (0 =
 * empty), so that neither removal nor growth has to look at entries. It grows in slices: while it does, a second, larger index takes the
 * inserts and `step` moves a few slots at a time.
 */
export class IdentityIndex {
  readonly #entries: Uint32Array;
  #slots = new Uint32Array(INITIAL_SLOTS * 2);
  #mask = INITIAL_SLOTS - 1;
  #old: Uint32Array | undefined;
  #oldMask = 0;
  #cursor = 0;
  #count = 0;
  /** Keeps early loads alive: what nobody uses is optimized away. */
  readonly #sink = new Uint32Array(1);

  constructor(entries: Uint32Array) {
    this.#entries = entries;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of memory, the index being left included. */
  get bytes(): number {
    return this.#slots.byteLength + (this.#old?.byteLength ?? 0);
  }

  /**
   * Looks up `count` identities that stand every `stride` words from `first` on, at these places in each.
   * @param hashes receives their hashes
   * @param found receives their entries, or -1
   */
  lookUp(u32: Uint32Array, first: number, stride: number, count: number, hashes: Uint32Array, found: Int32Array): void {
    const slots = this.#slots;
    const mask = this.#mask;
    const entries = this.#entries;
    // Two passes of loads that do not depend on each other, so that their cache misses overlap.
    for (let i = 0, at = first; i < count; i++, at += stride) {
      const hash = hashIdentity(u32[at + COOKIE]!, u32[at + COOKIE + 1]!, u32[at + GENERATION]!);
      hashes[i] = hash;
      found[i] = slots[2 * (hash & mask) + 1]!;
    }
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const value = found[i]!;
      if (value > 0) touched ^= entries[(value - 1) * ENTRY_WORDS]!;
    }
    this.#sink[0] = touched;
    for (let i = 0, at = first; i < count; i++, at += stride) {
      found[i] = this.find(hashes[i]!, u32[at + COOKIE]!, u32[at + COOKIE + 1]!, u32[at + GENERATION]!);
    }
  }

  /** Loads the place where a hash belongs, ahead of its use. */
  touch(hash: number): void {
    this.#sink[0] = this.#slots[2 * (hash & this.#mask)]!;
  }

  /** The entry of an identity, or -1. */
  find(hash: number, low: number, high: number, generation: number): number {
    const entry = this.#findIn(this.#slots, this.#mask, hash, low, high, generation);
    if (entry >= 0 || this.#old === undefined) return entry;
    return this.#findIn(this.#old, this.#oldMask, hash, low, high, generation);
  }

  /** Adds an entry whose identity is not in the index. */
  insert(hash: number, entry: number): void {
    if ((this.#count + 1) * 16 > (this.#mask + 1) * 9) this.#grow();
    this.#count++;
    this.#put(hash, entry + 1);
  }

  /** Removes an entry that is in the index. */
  remove(hash: number, entry: number): void {
    this.#count--;
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = hash & mask;
    for (let found = slots[2 * hole + 1]!; found !== entry + 1; found = slots[2 * hole + 1]!) {
      if (found === 0) {
        this.#removeOld(hash, entry);
        return;
      }
      hole = (hole + 1) & mask;
    }
    // Moves later members of the cluster up, so that no probe meets a hole before its goal.
    for (let slot = (hole + 1) & mask; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      const home = slots[2 * slot]! & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[2 * hole] = slots[2 * slot]!;
      slots[2 * hole + 1] = slots[2 * slot + 1]!;
      hole = slot;
    }
    slots[2 * hole + 1] = 0;
  }

  /** Moves one slice to the larger index, while there is one. */
  step(): void {
    const old = this.#old;
    if (old === undefined) return;
    const end = Math.min(this.#cursor + SLOTS_PER_STEP, this.#oldMask + 1);
    for (let slot = this.#cursor; slot < end; slot++) {
      const entry = old[2 * slot + 1]!;
      if (entry === 0 || entry === MOVED) continue;
      this.#put(old[2 * slot]!, entry);
      // Not empty: probes of the old index still have to pass over it.
      old[2 * slot + 1] = MOVED;
    }
    this.#cursor = end;
    if (end > this.#oldMask) this.#old = undefined;
  }

  #findIn(slots: Uint32Array, mask: number, hash: number, low: number, high: number, generation: number): number {
    const entries = this.#entries;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = slots[2 * slot + 1]!;
      if (found === 0) return -1;
      if (slots[2 * slot] !== hash || found === MOVED) continue;
      const word = (found - 1) * ENTRY_WORDS;
      if (
        entries[word] === low &&
        entries[word + WORD_COOKIE_HIGH] === high &&
        entries[word + WORD_GENERATION] === generation
      ) {
        return found - 1;
      }
    }
  }

  #put(hash: number, value: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = value;
  }

  #removeOld(hash: number, entry: number): void {
    const old = this.#old!;
    let slot = hash & this.#oldMask;
    while (old[2 * slot + 1] !== entry + 1) slot = (slot + 1) & this.#oldMask;
    old[2 * slot + 1] = MOVED;
  }

  #grow(): void {
    // Runs only when inserts outpace the steps, which are taken once per batch.
    while (this.#old !== undefined) this.step();
    this.#old = this.#slots;
    this.#oldMask = this.#mask;
    this.#cursor = 0;
    const slots = (this.#mask + 1) * 2;
    this.#slots = new Uint32Array(slots * 2);
    this.#mask = slots - 1;
  }
}
