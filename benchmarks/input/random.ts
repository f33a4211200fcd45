const POWERS = Float64Array.from({ length: 53 }, (_, i) => 2 ** i);

/** Deterministic 32-bit numbers (Marsaglia's xorshift, period 2^32 − 1): one seed, one input, on every machine. */
export class Random {
  #x: number;

  constructor(seed: number) {
    this.#x = seed | 0 || 1;
  }

  u32(): number {
    let x = this.#x;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#x = x;
    return x >>> 0;
  }

  /** 0 … bound − 1. */
  below(bound: number): number {
    return Math.floor((this.u32() / 4294967296) * bound);
  }

  /** True once in `one` times, on average. */
  once(one: number): boolean {
    return this.below(one) === 0;
  }

  /** Spread evenly over the orders of magnitude up to 2^bits, as sizes and times of real traffic are. */
  magnitude(bits: number): number {
    const size = this.below(bits + 1);
    return size === 0 ? 0 : Math.floor(POWERS[size - 1]! * (1 + this.u32() / 4294967296));
  }
}
