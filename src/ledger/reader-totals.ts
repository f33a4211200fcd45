import type { FrameView } from '../frames/frame-view.js';
import { READER_COUNTERS } from '../frames/layout.gen.js';

/** Counters of `struct ct_reader_counters`, in the words of the wire layout. */
export const READER_FIELDS = [
  'attempted',
  'emitted',
  'pending',
  'unbatched',
  'lost_buffer_full',
  'lost_map_full',
  'lost_recursion',
  'lost_unseen',
  'caught',
  'skipped_runs',
  'untracked',
  'expired_early',
  'unnamed',
  'skipped_io',
  'read',
  'duplicate',
  'torn',
  'invalid',
  'transport_lost',
  'enqueued',
  'dropped',
  'dropped_frames',
] as const;

export type ReaderField = (typeof READER_FIELDS)[number];
/** Totals since the start, summed over readers; exact, since what would make them 2^53 or more is refused. */
export type ReaderSums = Record<ReaderField, number>;

const MAX_READERS = 1024;
/** As in pipeline/range.ts. */
const MAX_TOTAL = 2 ** 53 - 2 ** 32;
const HIGH = 4294967296;

/** The latest counters of each reader. */
export class ReaderTotals {
  readonly #latest: (Float64Array | undefined)[] = [];
  readonly #sums = new Float64Array(READER_FIELDS.length);
  readonly #readNs: number[] = [];
  readonly #final: boolean[] = [];
  /** How many readers there are; 0 before the first counters. */
  readers = 0;

  /** Takes in a COUNTERS frame. Returns false when it cannot be one: no sound total comes near 2^53. */
  accept({ u32, start, length }: FrameView): boolean {
    const at = start >>> 2;
    const reader = length === READER_COUNTERS.size ? u32[at + (READER_COUNTERS.reader >>> 2)]! : MAX_READERS;
    if (reader >= MAX_READERS) return false;
    const latest = this.#latest[reader] ?? new Float64Array(READER_FIELDS.length);
    const sums = this.#sums;
    // All or nothing: half a frame's counters would not add up.
    for (let i = 0; i < READER_FIELDS.length; i++)
      if (sums[i]! - latest[i]! + field(u32, at, i) >= MAX_TOTAL) return false;
    this.#latest[reader] = latest;
    for (let i = 0; i < READER_FIELDS.length; i++) {
      const value = field(u32, at, i);
      sums[i]! += value - latest[i]!;
      latest[i] = value;
    }
    this.#readNs[reader] = u64(u32, at + (READER_COUNTERS.boot_ns >>> 2));
    this.#final[reader] = u32[at + (READER_COUNTERS.final >>> 2)] === 1;
    this.readers = Math.min(u32[at + (READER_COUNTERS.readers >>> 2)]!, MAX_READERS);
    return true;
  }

  /** Boot clock of the reader that lags most: everything read before was seen. -1 while a reader has not reported. */
  get readNs(): number {
    let oldest = this.readers > 0 ? Number.POSITIVE_INFINITY : -1;
    for (let reader = 0; reader < this.readers; reader++) oldest = Math.min(oldest, this.#readNs[reader] ?? -1);
    return oldest;
  }

  /** Boot clock of the latest counters, 0 before the first. */
  get latestNs(): number {
    return this.#readNs.reduce((latest, ns) => Math.max(latest, ns ?? 0), 0);
  }

  /** Whether every reader has sent its last counters. */
  get final(): boolean {
    for (let reader = 0; reader < this.readers; reader++) if (!this.#final[reader]) return false;
    return this.readers > 0;
  }

  sums(): ReaderSums {
    return Object.fromEntries(READER_FIELDS.map((field, i) => [field, this.#sums[i]!])) as ReaderSums;
  }
}

function field(u32: Uint32Array, at: number, index: number): number {
  return u64(u32, at + (READER_COUNTERS[READER_FIELDS[index]!] >>> 2));
}

function u64(u32: Uint32Array, word: number): number {
  return u32[word]! + u32[word + 1]! * HIGH;
}
