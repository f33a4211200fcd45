import type { Ledger } from './generated/ledger.js';
import type { ReaderSums } from './reader-sums.js';

/** Totals since the start of what a ledger record reports, as of one flush. */
export interface LedgerTotals {
  readers: ReaderSums;
  pipeline: {
    /** New in the frames that arrived. */
    enqueued: number;
    filtered: number;
    selfTest: number;
    discarded: number;
  };
  sink: {
    written: number;
    dropped: number;
    /** Running number of the last connection record. */
    seq: number;
  };
}

/** One flush, in the words of the ledger record. */
export interface LedgerClose {
  host: string;
  bootId: string;
  /** When the tracer began, by the boot clock, µs. */
  run: number;
  final: boolean;
  /** UTC, µs. */
  end: number;
}

/**
 * Turns totals into the ledger records of one output: each interval its own share, so that their sums over the output are the totals
 * again. What is held at the end of an interval (pending, resident) is no share but a level.
 */
export class LedgerAccount {
  #seq = 0;
  #start: number;
  #last: LedgerTotals;

  /**
   * @param start when the account begins, UTC, µs
   * @param totals what happened before and belongs to no interval of this output; nothing, when it was there from the start
   */
  constructor(start: number, totals: LedgerTotals) {
    this.#start = start;
    this.#last = totals;
  }

  /** The record that closes the interval, up to these totals. They must not change afterwards. */
  close(totals: LedgerTotals, { host, bootId, run, final, end }: LedgerClose): Ledger {
    const last = this.#last;
    const ahead = unannounced(totals);
    const aheadShare = ahead - unannounced(last);
    const share = (field: keyof ReaderSums): number => totals.readers[field] - last.readers[field];
    const given = totals.sink.seq > last.sink.seq;
    const record: Ledger = {
      host,
      boot_id: bootId,
      run,
      seq: ++this.#seq,
      intervals: 1,
      final,
      interval: { start: this.#start, end },
      first_seq: given ? last.sink.seq + 1 : null,
      last_seq: given ? totals.sink.seq : null,
      kernel: {
        attempted: share('attempted'),
        emitted: share('emitted'),
        pending: totals.readers.pending,
        unbatched: share('unbatched'),
        lost: {
          buffer_full: share('lost_buffer_full'),
          map_full: share('lost_map_full'),
          recursion: share('lost_recursion'),
          unseen: share('lost_unseen'),
        },
        caught: share('caught'),
        skipped_runs: share('skipped_runs'),
        untracked: share('untracked'),
        expired_early: share('expired_early'),
        unnamed: share('unnamed'),
        skipped_io: share('skipped_io'),
      },
      reader: {
        read: share('read') + aheadShare,
        duplicate: share('duplicate'),
        torn: share('torn'),
        invalid: share('invalid'),
        transport_lost: share('transport_lost'),
      },
      ring: {
        enqueued: share('enqueued') + aheadShare,
        dropped: share('dropped'),
        dropped_frames: share('dropped_frames'),
      },
      pipeline: {
        filtered: totals.pipeline.filtered - last.pipeline.filtered,
        evicted: totals.pipeline.discarded - last.pipeline.discarded,
        resident: totals.readers.enqueued + ahead - totals.pipeline.enqueued,
        self_test: totals.pipeline.selfTest - last.pipeline.selfTest,
      },
      sink: {
        written: totals.sink.written - last.sink.written,
        dropped: totals.sink.dropped - last.sink.dropped,
      },
    };
    this.#start = end;
    this.#last = totals;
    return record;
  }
}

/**
 * Connections that arrived before the counters that announce them, as several readers make possible: each counts in a ring of its own.
 * What arrived was read and enqueued, whatever the counters say by then.
 */
function unannounced({ readers, pipeline }: LedgerTotals): number {
  return Math.max(0, pipeline.enqueued - readers.enqueued);
}

/** Totals of an output that was there from the start. */
export function nothing(readers: ReaderSums): LedgerTotals {
  const zero = Object.fromEntries(Object.keys(readers).map((field) => [field, 0])) as ReaderSums;
  return {
    readers: zero,
    pipeline: { enqueued: 0, filtered: 0, selfTest: 0, discarded: 0 },
    sink: { written: 0, dropped: 0, seq: 0 },
  };
}
