import { ENTRY_WORDS, WORD_COOKIE_HIGH, WORD_COOKIE_LOW, WORD_GENERATION } from './identity-index.js';

const WORD_HASH = 3;
/** Bits 0–1 phase; bit 8 + c: client c was told of the handshake; bit 16 + c: client c was told of the connection at all. */
const WORD_FLAGS = 4;
/** Open: id of the last snapshot that held it. Buried and free: next in the list, + 1. */
const WORD_LINK = 5;

/** `closing`: between the look-up of a close and its burial, at the end of the batch. */
export const PHASE = { free: 0, open: 1, buried: 2, closing: 3 } as const;
const PHASE_MASK = 3;
/** Place of the five totals last reported to the first client, in doubles of the entry. While buried: the time of the close. */
export const FIRST_DOUBLE = 3;
export const ENTRY_DOUBLES = ENTRY_WORDS / 2;

/**
 * The connections themselves, 64 bytes each: identity, phase, and what the first client was last told. Reserved whole; the system
 * hands out memory only as entries come into use. Free entries are reused latest first, buried ones form a queue in order of burial.
 */
export class EntryStore {
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly #limit: number;
  /** Entries ever used: those beyond were never touched. */
  #used = 0;
  #free = 0;
  #firstBuried = 0;
  #lastBuried = 0;
  open = 0;
  buried = 0;

  constructor(limit: number) {
    const memory = new ArrayBuffer(limit * ENTRY_WORDS * 4);
    this.words = new Uint32Array(memory);
    this.doubles = new Float64Array(memory);
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether `allocate` would find room. */
  get hasRoom(): boolean {
    return this.#free !== 0 || this.#used < this.#limit;
  }

  /** A new open entry with no flags, or -1 when there is no room. Its doubles hold whatever was there. */
  allocate(hash: number, low: number, high: number, generation: number): number {
    let entry = this.#free - 1;
    if (entry >= 0) this.#free = this.words[entry * ENTRY_WORDS + WORD_LINK]!;
    else if (this.#used < this.#limit) entry = this.#used++;
    else return -1;
    const word = entry * ENTRY_WORDS;
    const words = this.words;
    words[word + WORD_COOKIE_LOW] = low;
    words[word + WORD_COOKIE_HIGH] = high;
    words[word + WORD_GENERATION] = generation;
    words[word + WORD_HASH] = hash;
    words[word + WORD_FLAGS] = PHASE.open;
    this.open++;
    return entry;
  }

  hash(entry: number): number {
    return this.words[entry * ENTRY_WORDS + WORD_HASH]!;
  }

  phase(entry: number): number {
    return this.words[entry * ENTRY_WORDS + WORD_FLAGS]! & PHASE_MASK;
  }

  flags(entry: number): number {
    return this.words[entry * ENTRY_WORDS + WORD_FLAGS]!;
  }

  setFlags(entry: number, bits: number): void {
    const word = entry * ENTRY_WORDS + WORD_FLAGS;
    this.words[word] = this.words[word]! | bits;
  }

  /** Replaces the flags, phase included. */
  putFlags(entry: number, flags: number): void {
    this.words[entry * ENTRY_WORDS + WORD_FLAGS] = flags;
  }

  clearFlags(entry: number, bits: number): void {
    const word = entry * ENTRY_WORDS + WORD_FLAGS;
    this.words[word] = this.words[word]! & ~bits;
  }

  /** Id of the last snapshot that held this open entry. */
  seen(entry: number): number {
    return this.words[entry * ENTRY_WORDS + WORD_LINK]!;
  }

  setSeen(entry: number, snapshot: number): void {
    this.words[entry * ENTRY_WORDS + WORD_LINK] = snapshot;
  }

  /** Marks an open entry whose close is being reported. */
  startClosing(entry: number): void {
    this.setFlags(entry, PHASE.closing);
  }

  /** Turns an open or closing entry into a buried one, at the end of the queue. */
  bury(entry: number, endNs: number): void {
    this.open--;
    this.buried++;
    this.words[entry * ENTRY_WORDS + WORD_FLAGS] = PHASE.buried;
    this.doubles[entry * ENTRY_DOUBLES + FIRST_DOUBLE] = endNs;
    this.#append(entry);
  }

  /** The entry buried first, or -1. */
  get eldest(): number {
    return this.#firstBuried - 1;
  }

  /** The entry buried last, or -1. */
  get youngest(): number {
    return this.#lastBuried - 1;
  }

  endNs(entry: number): number {
    return this.doubles[entry * ENTRY_DOUBLES + FIRST_DOUBLE]!;
  }

  /** Moves the eldest buried entry to the end of the queue. */
  requeueEldest(): void {
    const entry = this.#unlinkEldest();
    this.#append(entry);
  }

  /** Frees the eldest buried entry; it must be out of the index already. */
  freeEldest(): void {
    const entry = this.#unlinkEldest();
    this.buried--;
    this.#release(entry);
  }

  /** Frees an open entry; it must be out of the index already. */
  freeOpen(entry: number): void {
    this.open--;
    this.#release(entry);
  }

  #append(entry: number): void {
    this.words[entry * ENTRY_WORDS + WORD_LINK] = 0;
    if (this.#lastBuried === 0) this.#firstBuried = entry + 1;
    else this.words[(this.#lastBuried - 1) * ENTRY_WORDS + WORD_LINK] = entry + 1;
    this.#lastBuried = entry + 1;
  }

  #unlinkEldest(): number {
    const entry = this.#firstBuried - 1;
    this.#firstBuried = this.words[entry * ENTRY_WORDS + WORD_LINK]!;
    if (this.#firstBuried === 0) this.#lastBuried = 0;
    return entry;
  }

  #release(entry: number): void {
    const word = entry * ENTRY_WORDS;
    this.words[word + WORD_FLAGS] = PHASE.free;
    this.words[word + WORD_LINK] = this.#free;
    this.#free = entry + 1;
  }
}
