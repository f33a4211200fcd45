import type { EbpfProgramSource } from './ebpf-program-source.js';
import { KNOWN, PROGRAM } from './layout.gen.js';

/** The counters of a reading that are kept, 64 bits each. */
const COUNTERS = [PROGRAM.run_time_ns, PROGRAM.run_count, PROGRAM.recursion_misses] as const;
/** Words of a reading: whether it has misses, then both words of each counter. */
const WORDS = 1 + 2 * COUNTERS.length;
const HIGH = 4294967296;

/** A reading that was found, beside the one that it was looked up for. */
export interface LastReading {
  readonly readNs: number;
  readonly knowsMisses: boolean;
  /** What a counter has grown by, exact below 2^53. @param offset of the counter in the struct */
  difference(offset: (typeof COUNTERS)[number]): number;
}

/** One round's readings, by program: open addressing in typed arrays, at most half full. */
export class ReadingTable implements LastReading {
  readonly #capacity: number;
  readonly #mask: number;
  /** 0: free. The kernel's ids begin at 1. */
  readonly #ids: Uint32Array;
  readonly #words: Uint32Array;
  /** When it was read and when it was loaded: an id that was given anew is another program. */
  readonly #readNs: Float64Array;
  readonly #loadedNs: Float64Array;
  #size = 0;
  #found = 0;
  #program: EbpfProgramSource | null = null;

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * Math.max(1, capacity)));
    this.#capacity = capacity;
    this.#mask = slots - 1;
    this.#ids = new Uint32Array(slots);
    this.#words = new Uint32Array(WORDS * slots);
    this.#readNs = new Float64Array(slots);
    this.#loadedNs = new Float64Array(slots);
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    if (this.#size > 0) this.#ids.fill(0);
    this.#size = 0;
  }

  /** Returns false when there is no room for it. */
  put(program: EbpfProgramSource): boolean {
    const slot = this.#slot(program.id);
    if (this.#ids[slot] === 0) {
      if (this.#size === this.#capacity || program.id === 0) return false;
      this.#size++;
      this.#ids[slot] = program.id;
    }
    const { u32, base } = program;
    const at = WORDS * slot;
    this.#words[at] = program.knows(KNOWN.misses) ? 1 : 0;
    for (let i = 0; i < COUNTERS.length; i++) {
      const word = (base + COUNTERS[i]!) >>> 2;
      this.#words[at + 1 + 2 * i] = u32[word]!;
      this.#words[at + 2 + 2 * i] = u32[word + 1]!;
    }
    this.#readNs[slot] = program.readNs;
    this.#loadedNs[slot] = program.long(PROGRAM.loaded_ns);
    return true;
  }

  /** The reading of the same program, valid until the next call; null: there is none. */
  find(program: EbpfProgramSource): LastReading | null {
    const slot = this.#slot(program.id);
    if (this.#ids[slot] === 0 || this.#loadedNs[slot] !== program.long(PROGRAM.loaded_ns)) return null;
    this.#found = slot;
    this.#program = program;
    return this;
  }

  get readNs(): number {
    return this.#readNs[this.#found]!;
  }

  get knowsMisses(): boolean {
    return this.#words[WORDS * this.#found] === 1;
  }

  difference(offset: (typeof COUNTERS)[number]): number {
    const { u32, base } = this.#program!;
    const at = WORDS * this.#found + 1 + 2 * COUNTERS.indexOf(offset);
    const word = (base + offset) >>> 2;
    return (u32[word + 1]! - this.#words[at + 1]!) * HIGH + (u32[word]! - this.#words[at]!);
  }

  /** Where this id is, or would be. */
  #slot(id: number): number {
    let slot = Math.imul(id, 0x9e3779b1) & this.#mask;
    while (this.#ids[slot] !== 0 && this.#ids[slot] !== id) slot = (slot + 1) & this.#mask;
    return slot;
  }
}
