import type { Ledger } from './generated/ledger.js';

/** A ledger record of nothing, to be filled: every counter 0, no connection record, an interval of no length. */
export function emptyLedger(host: string, bootId: string): Ledger {
  return {
    host,
    boot_id: bootId,
    run: 0,
    seq: 0,
    intervals: 1,
    final: false,
    interval: { start: 0, end: 0 },
    first_seq: null,
    last_seq: null,
    kernel: {
      attempted: 0,
      emitted: 0,
      pending: 0,
      unbatched: 0,
      lost: { buffer_full: 0, map_full: 0, recursion: 0, unseen: 0 },
      caught: 0,
      skipped_runs: 0,
      untracked: 0,
      expired_early: 0,
      unnamed: 0,
      skipped_io: 0,
    },
    reader: { read: 0, duplicate: 0, torn: 0, invalid: 0, transport_lost: 0 },
    ring: { enqueued: 0, dropped: 0, dropped_frames: 0 },
    pipeline: { filtered: 0, evicted: 0, resident: 0, self_test: 0 },
    sink: { written: 0, dropped: 0 },
  };
}
