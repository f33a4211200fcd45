import type { Ledger } from '../ledger/generated/ledger.js';
import type { OutputCounts, Output as OutputRecord } from './generated/output.js';

export type { OutputCounts };

/** Counts of nothing. */
export function noCounts(): OutputCounts {
  return { connections: 0, records: 0, ledgers: 0 };
}

/** Adds `more` to `sum`. */
export function addCounts(sum: OutputCounts, more: OutputCounts): void {
  sum.connections += more.connections;
  sum.records += more.records;
  sum.ledgers += more.ledgers;
}

/** Counts of one ledger record. */
export function countsOf({ intervals }: Ledger): OutputCounts {
  return { connections: 0, records: 0, ledgers: intervals };
}

/**
 * What an output did with what it was handed, up to some place in it. Whatever was handed over is either in `written` or in `refused`
 * once its turn has come, so that an output record made then is exact about all that stands before it.
 */
export class OutputAccount {
  readonly written = noCounts();
  readonly refused = noCounts();
  #seq = 0;
  #last: Ledger | null = null;

  write(counts: OutputCounts): void {
    addCounts(this.written, counts);
  }

  refuse(counts: OutputCounts): void {
    addCounts(this.refused, counts);
  }

  /** A ledger record stands in the output. */
  writeLedger(record: Ledger): void {
    this.written.ledgers += record.intervals;
    this.#last = record;
  }

  /** The record due at this place: null before the first ledger record. */
  record(): OutputRecord | null {
    if (this.#last === null) return null;
    const { host, boot_id, seq } = this.#last;
    const [written, refused] = [{ ...this.written }, { ...this.refused }];
    return { host, boot_id, seq: this.#seq + 1, ledger_seq: seq, written, refused };
  }

  /** The record due stands in the output; one that does not find room is made up for by the next. */
  recorded(): void {
    this.#seq++;
  }
}
