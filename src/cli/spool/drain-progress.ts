import { humanDuration } from '../../table/human.js';

/** Rates are of so many ms before: long enough to be steady, short enough to be of now. */
const WINDOW_MS = 10_000;

/** How far a drain is. Pure: it is told, with the time. */
export class DrainProgress {
  readonly #total: number;
  /** Settled records by time, of the window. */
  readonly #samples: { at: number; settled: number }[];

  /**
   * @param total records that wait at the beginning
   * @param now ms, of any clock
   */
  constructor(total: number, now: number) {
    this.#total = total;
    this.#samples = [{ at: now, settled: 0 }];
  }

  /** @param settled records that have an outcome, since the beginning */
  tell(settled: number, now: number): void {
    this.#samples.push({ at: now, settled });
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - WINDOW_MS) this.#samples.shift();
  }

  /** Records a second; null: nothing is known yet. */
  get rate(): number | null {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    return last.at === first.at ? null : ((last.settled - first.settled) / (last.at - first.at)) * 1000;
  }

  /** `1,200 of 4,000 records (30 %), 400/s, 7.00s left` */
  line(): string {
    const { settled } = this.#samples.at(-1)!;
    const n = (count: number) => count.toLocaleString('en-US');
    const share = this.#total === 0 ? 100 : Math.floor((100 * settled) / this.#total);
    const rate = this.rate;
    const speed = rate === null ? '' : `, ${n(Math.round(rate))}/s`;
    const left = this.#total - settled;
    const time =
      rate === null || rate < 1 || left <= 0 ? '' : `, ${humanDuration(Math.ceil((left / rate) * 1e6))} left`;
    return `${n(settled)} of ${n(this.#total)} records (${share} %)${speed}${time}`;
  }
}
