import { DDSketch } from '@datadog/sketches-js';

/** Relative accuracy of quantiles. */
export const ACCURACY = 0.01;

/** Bins of values by the mapping of DDSketch. */
const { mapping } = new DDSketch({ relativeAccuracy: ACCURACY });

/** Latencies of many series, µs: of each the count, sum, least and greatest, and the bins of its sketch that are not empty, in nodes of lists. */
export class LatencyBins {
  readonly count: Float64Array;
  readonly sumUs: Float64Array;
  readonly minUs: Float64Array;
  readonly maxUs: Float64Array;
  readonly #first: Uint32Array;
  /** By node, from 1. */
  readonly #next: Uint32Array;
  readonly #index: Int16Array;
  readonly #counts: Float64Array;
  #used = 0;

  /** @param series how many, from 0 @param nodes bins of all of them at most */
  constructor(series: number, nodes: number) {
    this.count = new Float64Array(series);
    this.sumUs = new Float64Array(series);
    this.minUs = new Float64Array(series);
    this.maxUs = new Float64Array(series);
    this.#first = new Uint32Array(series);
    this.#next = new Uint32Array(nodes + 1);
    this.#index = new Int16Array(nodes + 1);
    this.#counts = new Float64Array(nodes + 1);
  }

  /** A series begins without a value. */
  open(series: number): void {
    this.count[series] = 0;
    this.sumUs[series] = 0;
    this.#first[series] = 0;
  }

  /** Adds a latency of whole µs; false: there is no room for a further bin. */
  add(series: number, us: number): boolean {
    // Below 1 µs there is no bin: it is counted all the same.
    if (us >= 1 && !this.#bin(series, mapping.key(us))) return false;
    if (this.count[series] === 0) {
      this.minUs[series] = us;
      this.maxUs[series] = us;
    } else {
      if (us < this.minUs[series]!) this.minUs[series] = us;
      if (us > this.maxUs[series]!) this.maxUs[series] = us;
    }
    this.count[series]!++;
    this.sumUs[series]! += us;
    return true;
  }

  /** Writes the bins of a series, by index; returns how many. */
  read(series: number, index: Int32Array, count: Float64Array): number {
    let bins = 0;
    for (let node = this.#first[series]!; node !== 0; node = this.#next[node]!) {
      index[bins] = this.#index[node]!;
      count[bins] = this.#counts[node]!;
      bins++;
    }
    return bins;
  }

  /** Forgets all series. */
  clear(): void {
    this.#used = 0;
  }

  /** Bins stand in the order of their indices. */
  #bin(series: number, index: number): boolean {
    let before = 0;
    let node = this.#first[series]!;
    while (node !== 0 && this.#index[node]! < index) {
      before = node;
      node = this.#next[node]!;
    }
    if (node !== 0 && this.#index[node] === index) {
      this.#counts[node]!++;
      return true;
    }
    if (this.#used === this.#next.length - 1) return false;
    const added = ++this.#used;
    this.#index[added] = index;
    this.#counts[added] = 1;
    this.#next[added] = node;
    if (before === 0) this.#first[series] = added;
    else this.#next[before] = added;
    return true;
  }
}
