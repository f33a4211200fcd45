import { Shares } from '../shares.js';

const HIGH = 4294967296;
/** Most network namespaces with names at a time. */
export const MAX_NAMESPACES = 4096;

/** What is known of a namespace, and counted. */
export type Held = 'addresses' | 'names';

/**
 * Small numbers, from 1, for the network namespaces of which something is known, and how many addresses and names of them each has. A
 * namespace without an address has none.
 */
export class Namespaces {
  readonly #numbers = new Map<number, number>();
  readonly #keys = new Float64Array(MAX_NAMESPACES + 1);
  readonly #low = new Uint32Array(MAX_NAMESPACES + 1);
  readonly #high = new Uint32Array(MAX_NAMESPACES + 1);
  readonly #held: Readonly<Record<Held, Shares>> = {
    addresses: new Shares(MAX_NAMESPACES),
    names: new Shares(MAX_NAMESPACES),
  };
  readonly #free: number[] = [];
  /** The key that was looked up last, and its number: most often it is the next one, too. */
  #lastKey = -1;
  #last = 0;
  #used = 0;

  get size(): number {
    return this.#numbers.size;
  }

  /** The number of the namespace with this cookie (its two halves); 0: it has none. */
  find(low: number, high: number): number {
    const key = keyOf(low, high);
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#last = this.#numbers.get(key) ?? 0;
    }
    const number = this.#last;
    // Cookies beyond 2^53 share their keys with others.
    return this.#low[number] === low && this.#high[number] === high ? number : 0;
  }

  /** Its number, or a new one; 0: there is no room. */
  take(low: number, high: number): number {
    const found = this.find(low, high);
    if (found !== 0) return found;
    const key = keyOf(low, high);
    if (this.#numbers.has(key) || this.#numbers.size === MAX_NAMESPACES) return 0;
    const number = this.#free.pop() ?? ++this.#used;
    this.#keys[number] = key;
    this.#low[number] = low;
    this.#high[number] = high;
    this.#numbers.set(key, number);
    this.#lastKey = -1;
    return number;
  }

  /** One address more, or less; without any its number is free again. */
  count(number: number, by: 1 | -1): void {
    this.#held.addresses.count(number, by);
    if (this.#held.addresses.of(number) === 0) this.#drop(number);
  }

  /** One name of an address more, or less. */
  countName(number: number, by: 1 | -1): void {
    this.#held.names.count(number, by);
  }

  /** Who has to give up one of them when `number` wants one: itself, unless it has less than its share. */
  payer(number: number, what: Held): number {
    return this.#held[what].payer(number);
  }

  /** The one with the most of them, to an eighth, but for `number`; 0: there is no other. */
  largest(number: number, what: Held): number {
    return this.#held[what].largest(number);
  }

  /** Gives a number back that has no address. */
  #drop(number: number): void {
    this.#numbers.delete(this.#keys[number]!);
    this.#free.push(number);
    this.#lastKey = -1;
  }
}

function keyOf(low: number, high: number): number {
  return low + high * HIGH;
}
