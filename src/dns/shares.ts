import { Links } from './links.js';

/** Counts of one class differ by less than an eighth; up to 15 each has its own. */
const EXACT_BITS = 3;
const CLASSES = 240;

/**
 * How much each of many has of something that there is a bound of, and who has to give some up when there is no more: by numbers from 1. It takes as
 * long for thousands as for two, so that whoever comes to the bound again and again costs no more than others.
 */
export class Shares {
  readonly #counts: Uint32Array;
  /** Those that have some, by class. */
  readonly #classes: Links;
  /** No class above has a member. It rises by one at most for each that is counted. */
  #top = 0;
  #holders = 0;
  #total = 0;

  /** @param most the highest number */
  constructor(most: number) {
    this.#counts = new Uint32Array(most + 1);
    this.#classes = new Links(CLASSES, most);
  }

  of(number: number): number {
    return this.#counts[number]!;
  }

  /** One more, or less. */
  count(number: number, by: 1 | -1): void {
    const before = this.#counts[number]!;
    const after = before + by;
    this.#counts[number] = after;
    this.#total += by;
    const from = classOf(before);
    const to = classOf(after);
    if (from === to) return;
    if (before > 0) this.#classes.remove(from, number);
    else this.#holders++;
    if (after > 0) this.#classes.append(to, number);
    else this.#holders--;
    if (to > this.#top) this.#top = to;
  }

  /** Who has to give up one when `number` wants one: itself, unless it has less than its share. */
  payer(number: number): number {
    const own = this.#counts[number]!;
    return own > 0 && own * this.#holders >= this.#total ? number : this.largest(number);
  }

  /** The one that has the most, to an eighth, but for `number`; 0: no other has any. */
  largest(number: number): number {
    while (this.#top > 0 && this.#classes.first(this.#top) === 0) this.#top--;
    for (let list = this.#top; list > 0; list--) {
      const first = this.#classes.first(list);
      const other = first === number ? this.#classes.behind(first) : first;
      if (other !== 0) return other;
    }
    return 0;
  }
}

/** Rises with the count, by one at most for each. */
function classOf(count: number): number {
  const shift = Math.max(0, 31 - Math.clz32(count) - EXACT_BITS);
  return (shift << EXACT_BITS) + (count >>> shift);
}
