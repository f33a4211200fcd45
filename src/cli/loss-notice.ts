import type { Ledger } from '../ledger/generated/ledger.js';
import { type LedgerTally, lossLines } from './ledger-tally.js';
import { saySums } from './say.js';

/** Losses are told at most this often, ms: a line for each feature, whatever the rate. */
const NOTICE_MS = 10_000;

/** Tells losses while they happen, summed up, never more often than the interval; the final sums are another's. */
export class LossNotice {
  readonly #tally: LedgerTally;
  readonly #dropped: () => number;
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param dropped units that outputs could not write so far */
  constructor(tally: LedgerTally, dropped: () => number) {
    this.#tally = tally;
    this.#dropped = dropped;
  }

  add(record: Ledger): void {
    this.#tally.take(record);
    const dropped = this.#dropped();
    const lost = this.#tally.lost + dropped;
    const now = performance.now();
    if (record.final || lost === this.#told || now - this.#toldAt < NOTICE_MS) return;
    for (const line of lossLines(this.#tally, dropped)) saySums(`losing ${line}`);
    this.#told = lost;
    this.#toldAt = now;
  }
}
