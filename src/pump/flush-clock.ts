/**
 * Decides on which clock frames a flush falls: those that reach the next point of a grid of intervals. Clock frames come at about the pace of the
 * interval, so one that is a little early counts.
 */
export class FlushClock {
  readonly #intervalNs: number;
  #next = -1;

  /** @param intervalMs ms between flushes */
  constructor(intervalMs: number) {
    this.#intervalNs = intervalMs * 1e6;
  }

  /** Whether a clock frame of this boot time is followed by a flush. The first one begins the grid. */
  isDue(bootNs: number): boolean {
    if (this.#next < 0) {
      this.#next = bootNs + this.#intervalNs;
      return false;
    }
    if (bootNs < this.#next - this.#intervalNs / 8) return false;
    this.#next += this.#intervalNs;
    // After a pause the grid starts anew: no burst of flushes to catch up.
    if (this.#next <= bootNs) this.#next = bootNs + this.#intervalNs;
    return true;
  }
}
