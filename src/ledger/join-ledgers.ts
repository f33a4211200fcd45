import type { Ledger } from './generated/ledger.js';
import { joinShares } from './row-totals.js';

/**
 * One ledger record for two of one output that follow each other: shares are added up, levels (pending, resident, live hooks) are those of
 * the later one. Whatever holds of the sums over an output holds of it as well.
 */
export function joinLedgers(earlier: Ledger, later: Ledger): Ledger {
  return {
    ...later,
    intervals: earlier.intervals + later.intervals,
    interval: { start: earlier.interval.start, end: later.interval.end },
    accounts: later.accounts.map((account) => {
      const before = earlier.accounts.find(({ feature }) => feature === account.feature);
      return before === undefined ? account : joinShares(before, account);
    }),
  };
}
