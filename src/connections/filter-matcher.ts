import type { ConnectionFilter } from './filter.js';
import { FilterNames } from './filter-names.js';
import { FilterTerms } from './filter-terms.js';
import type { RecordBatch } from './record-batch.js';

/** A filter compiled to arrays of numbers: matching allocates nothing. */
export class FilterMatcher {
  readonly #asked: FilterTerms;
  readonly #left: FilterTerms;
  readonly #askedNames: FilterNames;
  readonly #leftNames: FilterNames;

  constructor(filter: ConnectionFilter) {
    this.#asked = new FilterTerms(filter);
    this.#left = new FilterTerms(filter.not ?? {});
    this.#askedNames = new FilterNames(filter);
    this.#leftNames = new FilterNames(filter.not ?? {});
  }

  /** Whether it asks for names, which are judged behind the joins. */
  get asksForNames(): boolean {
    return this.#askedNames.given || this.#leftNames.given;
  }

  /** Whether the names of the record at this place of the batch match; it has matched otherwise. */
  matchesNames(batch: RecordBatch, place: number): boolean {
    if (this.#askedNames.given && !this.#askedNames.matches(batch, place)) return false;
    return !this.#leftNames.given || !this.#leftNames.matches(batch, place);
  }

  /** Whether the `struct ct_conn` at byte `base` matches, but for names. */
  matches(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    return this.#asked.all(u8, u32, base) && !this.#left.any(u8, u32, base);
  }
}
