import { MAX_BOOT_NS, MAX_COUNT } from '../frames/bounds.js';
import type { FrameView } from '../frames/frame-view.js';
import { ACCOUNT, LOST_PLACES, NOTE_PLACES } from '../frames/layout.gen.js';
import { u64 } from '../frames/words.js';

/** The columns of `struct ct_account` that mean the same for every feature, in its order; units of the feature. */
export const ACCOUNT_COLUMNS = ['attempted', 'emitted', 'pending', 'read', 'duplicate', 'enqueued', 'dropped'] as const;
export type AccountColumn = (typeof ACCOUNT_COLUMNS)[number];

const FIRST_LOST = ACCOUNT_COLUMNS.length;
const FIRST_NOTE = FIRST_LOST + LOST_PLACES;
const TOTALS = FIRST_NOTE + NOTE_PLACES;
/** Place, among the notes of every feature, of events of a length or kind that cannot be: CT_EVENT_NOTE_INVALID of bpf/include/account.h. */
export const NOTE_INVALID = 8;
const MAX_SOURCES = 1024;

/** Feature that an ACCOUNT frame is of (`enum ct_feature`); -1 when its size says that it is none. */
export function accountedFeature({ u32, start, length }: FrameView): number {
  return length === ACCOUNT.size ? half(u32, start, ACCOUNT.feature) : -1;
}

/**
 * The latest ACCOUNT of each source of one feature, and their sums: totals since the start, exact, since what would make them 2^53 or more
 * is refused.
 */
export class SourceAccounts {
  readonly #latest: (Float64Array | undefined)[] = [];
  readonly #sums = new Float64Array(TOTALS);
  readonly #readNs: number[] = [];
  readonly #final: boolean[] = [];
  /** How many sources account for the feature; 0 before the first account. */
  sources = 0;

  /** Takes in an ACCOUNT frame of the feature. Returns false when it cannot be one: no sound total comes near 2^53. */
  accept({ u32, start, length }: FrameView): boolean {
    const source = length === ACCOUNT.size ? half(u32, start, ACCOUNT.source) : MAX_SOURCES;
    if (source >= MAX_SOURCES) return false;
    const sources = Math.min(half(u32, start, ACCOUNT.sources), MAX_SOURCES);
    const readNs = u64(u32, (start + ACCOUNT.boot_ns) >>> 2);
    if (source >= sources || readNs >= MAX_BOOT_NS) return false;
    const first = (start + ACCOUNT.attempted) >>> 2;
    const latest = this.#latest[source] ?? new Float64Array(TOTALS);
    const sums = this.#sums;
    // All or nothing: half a frame's totals would not add up.
    for (let i = 0; i < TOTALS; i++) if (sums[i]! - latest[i]! + u64(u32, first + 2 * i) >= MAX_COUNT) return false;
    this.#latest[source] = latest;
    for (let i = 0; i < TOTALS; i++) {
      const total = u64(u32, first + 2 * i);
      sums[i]! += total - latest[i]!;
      latest[i] = total;
    }
    this.#readNs[source] = readNs;
    this.#final[source] = half(u32, start, ACCOUNT.final) === 1;
    this.sources = sources;
    return true;
  }

  total(column: AccountColumn): number {
    return this.#sums[ACCOUNT_COLUMNS.indexOf(column)]!;
  }

  /** @param place of ct_account.lost: the feature's LOST */
  lost(place: number): number {
    return this.#sums[FIRST_LOST + place]!;
  }

  /** @param place of ct_account.notes: the feature's NOTE */
  note(place: number): number {
    return this.#sums[FIRST_NOTE + place]!;
  }

  /** Boot clock of the source that lags most: everything that happened before was told. -1 while a source has not reported. */
  get readNs(): number {
    let oldest = this.sources > 0 ? Number.POSITIVE_INFINITY : -1;
    for (let source = 0; source < this.sources; source++) oldest = Math.min(oldest, this.#readNs[source] ?? -1);
    return oldest;
  }

  /** Whether every source has sent its last account. */
  get final(): boolean {
    for (let source = 0; source < this.sources; source++) if (!this.#final[source]) return false;
    return this.sources > 0;
  }
}

/** The 16 bits at `offset` of the payload. */
function half(u32: Uint32Array, start: number, offset: number): number {
  return (u32[(start + offset) >>> 2]! >>> (8 * (offset & 2))) & 0xffff;
}
