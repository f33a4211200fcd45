import type { ConnectionFilter } from './filter.js';
import { FilterTerms } from './filter-terms.js';

/** A filter compiled to arrays of numbers: matching allocates nothing. */
export class FilterMatcher {
  readonly #asked: FilterTerms;
  readonly #left: FilterTerms;

  constructor(filter: ConnectionFilter) {
    this.#asked = new FilterTerms(filter);
    this.#left = new FilterTerms(filter.not ?? {});
  }

  /** Whether the `struct ct_conn` at byte `base` matches. */
  matches(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    return this.#asked.all(u8, u32, base) && !this.#left.any(u8, u32, base);
  }
}
