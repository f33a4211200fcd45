import { RECORD_TYPES } from '../../records.gen.js';
import { type Checkpoint, firstCheckpoint } from '../../spool/checkpoint.js';
import { TypeCounts } from '../../spool/type-counts.js';
import { SeriesCounts } from '../series-counts.js';
import type { OutcomeCounts, SenderCounts } from './sender-protocol.js';

/** What became of the records of a spool during one run, as its agent knows: by the checkpoint, and by what the sender tells between. */
export class Deliveries {
  /** When the run began, and when the present sender did. */
  readonly #begun: Checkpoint;
  #sender: Checkpoint;
  #news: SenderCounts | null = null;
  /** The newest checkpoint that was read. */
  #checkpoint: Checkpoint;
  /** Of senders before. */
  #resentBefore = 0;

  /** @param begun null: nothing is known of what was before */
  constructor(begun: Checkpoint | null) {
    this.#begun = this.#sender = this.#checkpoint = begun ?? firstCheckpoint();
  }

  /** A checkpoint was read while no sender runs; null: it could not be. */
  begin(checkpoint: Checkpoint | null): void {
    this.read(checkpoint);
    this.#resentBefore += this.#news?.resent ?? 0;
    this.#sender = this.#checkpoint;
    this.#news = null;
  }

  /** A checkpoint was read. */
  read(checkpoint: Checkpoint | null): void {
    if (checkpoint !== null && checkpoint.lowest >= this.#checkpoint.lowest) this.#checkpoint = checkpoint;
  }

  tell(news: SenderCounts): void {
    this.#news = news;
  }

  /** Records that may stand in their topics twice. */
  get resent(): number {
    return this.#resentBefore + (this.#news?.resent ?? 0);
  }

  /** Records that had an outcome, were lost or could not be read before the run began, or were found to be unreadable since. */
  get gone(): number {
    const { lowest, damaged, forgotten } = this.#begun;
    return lowest - 1 + (this.#checkpoint.damaged - damaged) + (this.#checkpoint.forgotten - forgotten);
  }

  /** Since the run began. */
  get acked(): TypeCounts {
    return this.#since('acked', this.#news?.acked);
  }

  get deadLettered(): TypeCounts {
    return this.#since('dead_lettered', this.#news?.deadLettered);
  }

  /**
   * What the checkpoint says, or the sender, who knows of more: records are settled in any order. Where some expired, the checkpoint alone:
   * what was acknowledged after it had expired would count twice.
   */
  #since(outcome: 'acked' | 'dead_lettered', news: OutcomeCounts = []): TypeCounts {
    const [begun, sender, now] = [this.#begun, this.#sender, this.#checkpoint].map(({ outcomes }) => outcomes[outcome]);
    const told = new Map(news.map(([name, records, units]) => [name, { records, units }]));
    const expired = this.#checkpoint.outcomes.expired.records > this.#sender.outcomes.expired.records;
    const sum = new TypeCounts();
    for (const name of new Set([...[...now!.entries()].map(([each]) => each), ...told.keys()])) {
      const [was, base, is, more] = [begun!.of(name), sender!.of(name), now!.of(name), told.get(name)];
      const beyond = !expired && more !== undefined && base.records + more.records > is.records;
      const [records, units] = beyond ? [base.records + more.records, base.units + more.units] : [is.records, is.units];
      sum.note(name, records - was.records, units - was.units);
    }
    return sum;
  }
}

/** What of `written` is not among these, by type: never less than nothing. */
export function missingOf(written: SeriesCounts, counts: TypeCounts): SeriesCounts {
  const missing = new SeriesCounts();
  for (const type of RECORD_TYPES) {
    const [all, { records, units }] = [written.of(type), counts.of(type.name)];
    if (all.records > records) missing.note(type.index, all.records - records, Math.max(0, all.units - units));
  }
  return missing;
}

/** As the record types of this build; of types of others nothing is told. */
export function seriesOf(counts: TypeCounts): SeriesCounts {
  const series = new SeriesCounts();
  for (const { name, index } of RECORD_TYPES) {
    const { records, units } = counts.of(name);
    if (records > 0) series.note(index, records, units);
  }
  return series;
}

/** The smaller of both, by type. */
export function smaller(a: SeriesCounts, b: SeriesCounts): SeriesCounts {
  const least = new SeriesCounts();
  for (const type of RECORD_TYPES) {
    const [left, right] = [a.of(type), b.of(type)];
    least.note(type.index, Math.min(left.records, right.records), Math.min(left.units, right.units));
  }
  return least;
}
