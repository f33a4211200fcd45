import type { Ledger, LiveHooks, Silence } from './generated/ledger.js';
import { joinShares } from './row-totals.js';

/**
 * One ledger record for two of one output that follow each other: shares are added up, levels (pending, resident, live hooks) are those of
 * the later one, and no silence is left out. Whatever holds of the sums over an output holds of it as well.
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
    hooks: later.hooks.map((hooks) => ({ ...hooks, silence: joinSilences(same(earlier.hooks, hooks), hooks.silence) })),
  };
}

function same(all: readonly LiveHooks[], { feature, group }: LiveHooks): Silence | null {
  return all.find((each) => each.feature === feature && each.group === group)?.silence ?? null;
}

/** From the beginning of the first to the end of the last. */
function joinSilences(earlier: Silence | null, later: Silence | null): Silence | null {
  if (earlier === null || later === null) return later ?? earlier;
  return { since: earlier.since, until: later.until };
}
