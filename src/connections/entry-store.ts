import { ENTRY_WORDS, WORD_COOKIE_HIGH, WORD_COOKIE_LOW, WORD_GENERATION } from './identity-index.js';

const WORD_HASH = 3;
/** Bits 0–1 phase; bit 8 + c: client c was told of the handshake; bit 16 + c: client c was told of the connection at all. */
const WORD_FLAGS = 4;
/** Id of the last snapshot that held it. */
const WORD_SEEN = 5;

/** An entry freed from its burial stays `buried`. `closing`: between the look-up of a close and its burial, at the end of the batch. */
export const PHASE = { free: 0, open: 1, buried: 2, closing: 3 } as const;
const PHASE_MASK = 3;
/** Place of the five totals last reported to the first client, in doubles of the entry. */
export const FIRST_DOUBLE = 3;
export const ENTRY_DOUBLES = ENTRY_WORDS / 2;
const INITIAL_FREE = 1 << 10;
/** glibc's malloc begins large blocks 16 bytes behind a page; from here on each entry fills one line of the cache. */
const ALIGN = 48;

/**
 * The connections themselves, 64 bytes each: identity, phase, and what the first client was last told. Reserved whole; the system
 * hands out memory only as entries come into use. Free entries are reused latest first.
 */
export class EntryStore {
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly #limit: number;
  /** Entries ever used: those beyond were never touched. */
  #used = 0;
  /** Entries free again, the latest last: a list through the entries would load one that nothing else needs yet. */
  #free = new Uint32Array(INITIAL_FREE);
  #freeCount = 0;
  open = 0;
  buried = 0;

  constructor(limit: number) {
    const memory = new ArrayBuffer(limit * ENTRY_WORDS * 4 + 64);
    this.words = new Uint32Array(memory, ALIGN, limit * ENTRY_WORDS);
    this.doubles = new Float64Array(memory, ALIGN, limit * ENTRY_DOUBLES);
    this.#limit = limit;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#used * ENTRY_WORDS * 4 + this.#free.byteLength;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether `allocate` would find room. */
  get hasRoom(): boolean {
    return this.#freeCount > 0 || this.#used < this.#limit;
  }

  /** A new open entry with no flags, or -1 when there is no room. Its doubles hold whatever was there. */
  allocate(hash: number, low: number, high: number, generation: number): number {
    let entry: number;
    if (this.#freeCount > 0) entry = this.#free[--this.#freeCount]!;
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
    return this.words[entry * ENTRY_WORDS + WORD_SEEN]!;
  }

  setSeen(entry: number, snapshot: number): void {
    this.words[entry * ENTRY_WORDS + WORD_SEEN] = snapshot;
  }

  /** Marks an open entry whose close is being reported. */
  startClosing(entry: number): void {
    this.setFlags(entry, PHASE.closing);
  }

  /** Turns an open or closing entry into a buried one. */
  bury(entry: number): void {
    this.open--;
    this.buried++;
    this.words[entry * ENTRY_WORDS + WORD_FLAGS] = PHASE.buried;
  }

  /** Frees a buried entry; it must be out of the index already. Its phase stays: writing it would load an entry that nothing else needs. */
  freeBuried(entry: number): void {
    this.buried--;
    this.#release(entry);
  }

  /** Frees an open entry; it must be out of the index already. */
  freeOpen(entry: number): void {
    this.open--;
    this.words[entry * ENTRY_WORDS + WORD_FLAGS] = PHASE.free;
    this.#release(entry);
  }

  #release(entry: number): void {
    if (this.#freeCount === this.#free.length) {
      const free = new Uint32Array(2 * this.#freeCount);
      free.set(this.#free);
      this.#free = free;
    }
    this.#free[this.#freeCount++] = entry;
  }
}
