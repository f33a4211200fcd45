import type { Account, Ledger } from '../../src/ledger/generated/ledger.js';

/** A ledger record of nothing, to be filled: no row, an interval of no length. */
export function emptyLedger(host: string, bootId: string, run = 0): Ledger {
  const interval = { start: 0, end: 0 };
  return {
    host,
    boot_id: bootId,
    run,
    seq: 0,
    intervals: 1,
    final: false,
    interval,
    accounts: [],
    hooks: [],
    assets: [],
  };
}

/** A row of nothing, to be filled. */
export function emptyAccount(feature: string, unit = feature): Account {
  const kernel = { attempted: 0, emitted: 0, pending: 0, lost: {} };
  const reader = { read: 0, duplicate: 0, enqueued: 0, dropped: 0 };
  const pipeline = { filtered: 0, self_test: 0, canary: 0, merged: 0, discarded: {}, resident: 0, given: 0 };
  return { feature, unit, series: [], ...kernel, ...reader, ...pipeline, notes: {} };
}
