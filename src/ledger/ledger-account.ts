import type { Asset, Ledger, LiveHooks } from './generated/ledger.js';
import { nothingOf, type RowTotals, shareOf } from './row-totals.js';

/** One flush, in the words of the ledger record. */
export interface LedgerClose {
  host: string;
  bootId: string;
  run: number;
  final: boolean;
  /** UTC, µs. */
  end: number;
  /** The hook groups that are live. */
  hooks: LiveHooks[];
  /** What became of the object files. */
  assets: Asset[];
}

/**
 * Turns totals into the ledger records of one output: each interval its own share, so that their sums over the output are the totals
 * again. What is held at the end of an interval (pending, resident) is no share but a level.
 */
export class LedgerAccount {
  #seq = 0;
  #start: number;
  #last: readonly RowTotals[] | null;

  /**
   * @param start when the account begins, UTC, µs
   * @param before what happened before and belongs to no interval of this output; null: nothing, it was there from the start
   */
  constructor(start: number, before: readonly RowTotals[] | null) {
    this.#start = start;
    this.#last = before;
  }

  /** The first time that was told: the account begins then, unless an interval was closed before. */
  begin(start: number): void {
    if (this.#seq === 0) this.#start = start;
  }

  /** The record that closes the interval, up to these totals. They must not change afterwards. */
  close(totals: readonly RowTotals[], { host, bootId, run, final, end, hooks, assets }: LedgerClose): Ledger {
    const accounts = totals.map((row, i) => shareOf(row, this.#last?.[i] ?? nothingOf(row)));
    const interval = { start: this.#start, end };
    this.#start = end;
    this.#last = totals;
    return { host, boot_id: bootId, run, seq: ++this.#seq, intervals: 1, final, interval, accounts, hooks, assets };
  }
}
