import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import { RECORD_TYPES } from '../records.gen.js';
import type { Output as OutputRecord, SeriesCount } from './generated/output.js';
import { OUTPUT } from './generated/output-type.js';
import { SeriesCounts } from './series-counts.js';

/** Counts of one ledger record: it counts as all the intervals it stands for. */
export function countsOf({ intervals }: Ledger): SeriesCounts {
  return SeriesCounts.of(LEDGER, intervals, 0);
}

/** What became of the records of a type in a spool, over all runs. */
export interface SpoolFate {
  readonly acked: SeriesCount;
  readonly dead_lettered: SeriesCount;
  readonly expired: SeriesCount;
}

/** What is known of a spool when an output record is made. */
export interface SpoolStanding {
  /** Number of the first record of this run in the spool. */
  readonly first: number;
  /** By name of the record type. */
  of(record: string): SpoolFate;
}

const NO_SPOOL = { acked: null, dead_lettered: null, expired: null };

/**
 * What an output did with what it was handed, up to some place in it. Whatever was handed over is either in `written` or in `refused`
 * once its turn has come, so that an output record made then is exact about all that stands before it.
 */
export class OutputAccount {
  readonly written = new SeriesCounts();
  readonly refused = new SeriesCounts();
  #seq = 0;
  #last: Ledger | null = null;

  write(counts: SeriesCounts): void {
    this.written.add(counts);
  }

  refuse(counts: SeriesCounts): void {
    this.refused.add(counts);
  }

  /** A ledger record stands in the output. */
  writeLedger(record: Ledger): void {
    this.written.add(countsOf(record));
    this.#last = record;
  }

  /**
   * The record due at this place: null before the first ledger record.
   * @param spool of an output through one, as it stood before
   */
  record(spool: SpoolStanding | null = null): OutputRecord | null {
    if (this.#last === null) return null;
    const { host, boot_id, run, seq } = this.#last;
    // What becomes of output records themselves is not told: none counts itself.
    const series = RECORD_TYPES.filter(({ name }) => name !== OUTPUT.name).map((type) => ({
      record: type.name,
      written: this.written.of(type),
      refused: this.refused.of(type),
      ...(spool?.of(type.name) ?? NO_SPOOL),
    }));
    const told = series.filter(({ written, refused, acked, dead_lettered, expired }) =>
      [written, refused, acked, dead_lettered, expired].some((count) => count !== null && count.records > 0),
    );
    return { host, boot_id, run, seq: this.#seq + 1, ledger_seq: seq, series: told, spool_first: spool?.first ?? null };
  }

  /** The record due stands in the output; one that does not find room is made up for by the next. */
  recorded(): void {
    this.#seq++;
  }
}
