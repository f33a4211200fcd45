/** Ids remembered per CPU: those still partial, and the latest that arrived whole. */
const SLOTS = 8;
/** Words per slot: id low, id high, records seen + 1 (0 = free), whole. */
const WORDS = 4;
const MAX_AGE_NS = 60e9;

/**
 * How many records of which batch were seen, per CPU: a batch is read while it is partial, grows, is read again, and comes whole in the
 * end. Batches that came whole stay remembered as long as there is room, so that one delivered twice yields nothing.
 */
export class BatchMemory {
  readonly #cpus: number;
  #words = new Uint32Array(0);
  #times = new Float64Array(0);
  /** Latest id per CPU: low, high, and whether there is one. Never aged out: an idle CPU's open batch may grow after an hour. */
  #newest = new Uint32Array(0);
  #nowNs = 0;
  /** Partial batches given up after MAX_AGE_NS: their full batch was lost on the way. */
  expired = 0;
  /** Partial batches forgotten because a CPU had too many; what they deliver again is recognised by the connection table. */
  crowded = 0;

  /** @param cpus ids from 0 to cpus − 1 are known */
  constructor(cpus: number) {
    this.#cpus = cpus;
  }

  knows(cpu: number): boolean {
    return cpu < this.#cpus;
  }

  /** Records of the batch that were seen already. */
  seen(cpu: number, idLow: number, idHigh: number): number {
    const slot = this.#find(cpu, idLow, idHigh);
    return slot < 0 ? 0 : this.#words[slot + 2]! - 1;
  }

  /** Notes that `records` of the batch have been seen; `whole`: it will not grow. */
  note(cpu: number, idLow: number, idHigh: number, records: number, whole: boolean): void {
    let slot = this.#find(cpu, idLow, idHigh);
    if (slot < 0) slot = this.#take(cpu);
    const words = this.#words;
    const seen = words[slot + 2]! === 0 ? 0 : words[slot + 2]! - 1;
    words[slot] = idLow;
    words[slot + 1] = idHigh;
    words[slot + 2] = Math.max(seen, records) + 1;
    if (whole) words[slot + 3] = 1;
    this.#times[slot / WORDS] = this.#nowNs;
    this.#advance(cpu, idLow, idHigh);
  }

  /** The frames' clock moved: partial batches that were overtaken and not seen for 60 s are given up. */
  clock(bootNs: number): void {
    this.#nowNs = bootNs;
    const words = this.#words;
    for (let slot = 0; slot < words.length; slot += WORDS) {
      if (words[slot + 2] === 0 || bootNs - this.#times[slot / WORDS]! < MAX_AGE_NS) continue;
      const newest = 3 * Math.floor(slot / (SLOTS * WORDS));
      if (words[slot] === this.#newest[newest] && words[slot + 1] === this.#newest[newest + 1]) continue;
      if (words[slot + 3] === 0) this.expired++;
      words[slot + 2] = 0;
      words[slot + 3] = 0;
    }
  }

  #find(cpu: number, idLow: number, idHigh: number): number {
    const words = this.#words;
    const end = (cpu + 1) * SLOTS * WORDS;
    if (end > words.length) return -1;
    for (let slot = cpu * SLOTS * WORDS; slot < end; slot += WORDS) {
      if (words[slot] === idLow && words[slot + 1] === idHigh && words[slot + 2] !== 0) return slot;
    }
    return -1;
  }

  /** A free slot: an unused one, else the oldest whole batch's, else the oldest. */
  #take(cpu: number): number {
    this.#grow(cpu);
    const words = this.#words;
    let oldest = -1;
    let oldestWhole = -1;
    for (let slot = cpu * SLOTS * WORDS; slot < (cpu + 1) * SLOTS * WORDS; slot += WORDS) {
      if (words[slot + 2] === 0) return slot;
      if (oldest < 0 || this.#before(slot, oldest)) oldest = slot;
      if (words[slot + 3] !== 0 && (oldestWhole < 0 || this.#before(slot, oldestWhole))) oldestWhole = slot;
    }
    if (oldestWhole < 0) this.crowded++;
    const slot = oldestWhole < 0 ? oldest : oldestWhole;
    words[slot + 2] = 0;
    words[slot + 3] = 0;
    return slot;
  }

  /** Whether the id of one slot is older than that of the other; ids count upwards, mod 2^64. */
  #before(slot: number, other: number): boolean {
    const words = this.#words;
    return isBefore(words[slot]!, words[slot + 1]!, words[other]!, words[other + 1]!);
  }

  #advance(cpu: number, idLow: number, idHigh: number): void {
    const newest = this.#newest;
    const at = cpu * 3;
    if (newest[at + 2] !== 0 && isBefore(idLow, idHigh, newest[at]!, newest[at + 1]!)) return;
    newest[at] = idLow;
    newest[at + 1] = idHigh;
    newest[at + 2] = 1;
  }

  #grow(cpu: number): void {
    if ((cpu + 1) * SLOTS * WORDS <= this.#words.length) return;
    const cpus = Math.min(this.#cpus, Math.max(16, 2 * (cpu + 1)));
    const words = new Uint32Array(cpus * SLOTS * WORDS);
    words.set(this.#words);
    const times = new Float64Array(cpus * SLOTS);
    times.set(this.#times);
    const newest = new Uint32Array(cpus * 3);
    newest.set(this.#newest);
    this.#words = words;
    this.#times = times;
    this.#newest = newest;
  }
}

/** a < b for 64-bit ids that wrap: whether b is within 2^63 after a. */
function isBefore(aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  const borrow = bLow < aLow ? 1 : 0;
  const high = (bHigh - aHigh - borrow) | 0;
  return high >= 0 && (aLow !== bLow || aHigh !== bHigh);
}
