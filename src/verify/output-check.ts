import { setAside } from '../features.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { IdentityCheck, NOTHING_FOLLOWS } from '../ledger/identities.js';
import { RecordCounts } from '../ledger/record-counts.js';
import { isSilenceSound, Silences } from '../ledger/silences.js';
import type { Violation } from '../ledger/violations.js';
import type { Output as OutputRecord } from '../sinks/generated/output.js';
import type { FoundRecord, Origin } from './found-record.js';
import { addFault, countRecord, type VerifyReport } from './report.js';
import { foreignHooks, foreignName } from './row-names.js';
import { SeriesCheck } from './series-check.js';

/**
 * Checks the records of one output in the order in which they were made: running numbers, and the ledger's identities against what
 * really stands between the ledger records.
 */
export class OutputCheck {
  readonly #report: VerifyReport;
  readonly #identities = new IdentityCheck(setAside);
  readonly #silences = new Silences();
  readonly #name: string;
  readonly #series = new Map<string, SeriesCheck>();
  /** Since the last ledger record. */
  #since = new RecordCounts();
  #lastLedger: Ledger | null = null;
  /** Ledger record that the output's last account of itself stands behind; null: it may have none. */
  #accountedTo: number | null = null;
  #origin: (Omit<Origin, 'run'> & { run: number | null }) | null = null;
  #foreign = false;

  /** @param name what sentences call the output; '' when the report's path says it */
  constructor(report: VerifyReport, name = '') {
    this.#report = report;
    this.#name = name === '' ? '' : `${name}: `;
  }

  /** Takes the next record. */
  add(found: FoundRecord): void {
    if (!this.#foreign && !this.#isOurs(found)) {
      this.#foreign = true;
      this.#fault(`${found.record} seq ${found.seq} is of another host, boot or run than the output`);
    }
    if (found.ledger !== null) this.ledger(found.ledger);
    else if (found.output !== null) this.output(found.output);
    else {
      if (found.wrong !== null) this.#fault(`${found.record} seq ${found.seq}: ${found.wrong}`);
      this.record(found.record, found.seq, found.units);
    }
  }

  /** Of which host and boot all records must be, and of which run the first one is; those of the first one, when it is not called. */
  origin({ host, bootId }: Omit<Origin, 'run'>): void {
    this.#origin = { host, bootId, run: null };
  }

  #isOurs({ host, bootId, run }: Origin): boolean {
    this.#origin ??= { host, bootId, run };
    this.#origin.run ??= run;
    return host === this.#origin.host && bootId === this.#origin.bootId && run === this.#origin.run;
  }

  /** The output is one that accounts for itself: to be called before the first record. */
  expectAccounts(): void {
    this.#accountedTo = 0;
  }

  record(record: string, seq: number, units: number): void {
    countRecord(this.#report, record, units);
    this.#since.add(record, 1, units);
    let series = this.#series.get(record);
    if (series === undefined) {
      series = new SeriesCheck(record, (text) => this.#fault(text));
      this.#series.set(record, series);
    }
    series.add(seq);
  }

  ledger(record: Ledger): void {
    this.#report.ledgers++;
    const last = this.#lastLedger;
    if (last !== null && record.interval.start !== last.interval.end)
      this.#fault(`the interval of ledger seq ${record.seq} does not begin where the one before ended`);
    for (const foreign of [...record.accounts.map(foreignName), ...record.hooks.map(foreignHooks)]) {
      if (foreign !== null) this.#fault(`ledger seq ${record.seq} ${foreign}`);
    }
    const senseless = record.hooks.find((hooks) => !isSilenceSound(hooks));
    if (senseless !== undefined)
      this.#fault(`ledger seq ${record.seq} tells a silence of ${senseless.group} that cannot be`);
    this.#silences.add(record);
    this.#identities.ledger(record, this.#since);
    this.#lastLedger = record;
    this.#since = new RecordCounts();
  }

  /** What the output says of itself, behind a ledger record. */
  output(record: OutputRecord): void {
    this.#accountedTo = record.ledger_seq;
    this.#identities.output(record, this.#since);
  }

  /** After the last record. The end and the gaps come first: they explain the sums that do not close. */
  end(): void {
    const violations = this.#identities.end(this.#since);
    const { sums, refused } = this.#identities;
    this.#report.lost += sums.lost + refused.units;
    this.#report.refused += refused.units;
    this.#report.silences = [...this.#report.silences, ...this.#silences.all];
    if (this.#lastLedger?.final !== true) this.#fault(`no final ledger: ${this.#where()}`);
    let gaps = false;
    for (const series of this.#series.values()) {
      if (series.missing <= this.#unwritten(series.record)) continue;
      gaps = true;
      this.#fault(`${series.missing} ${series.record} records are missing, the first at ${series.firstGap}`);
    }
    for (const violation of violations) if (!isTold(violation, gaps)) this.#fault(sentence(violation));
    if (this.#lastLedger?.final === true && (this.#accountedTo ?? this.#lastLedger.seq) < this.#lastLedger.seq) {
      this.#fault(`output records were cut short behind ledger seq ${this.#accountedTo} of ${this.#lastLedger.seq}`);
    }
    if (this.#lastLedger?.final === true && this.#since.records > 0) {
      this.#fault(`${this.#since.records} records follow the final ledger`);
    }
  }

  /** Records of a type that have a number and are not in the output, as its ledger and its account tell. */
  #unwritten(record: string): number {
    const { sums, refused } = this.#identities;
    let unencodable = 0;
    for (const row of sums.rows.values()) {
      if (row.claimed.has(record)) unencodable += row.discarded.get('unencodable') ?? 0;
    }
    return unencodable + refused.of(record).records;
  }

  #where(): string {
    const last = Math.max(0, ...[...this.#series.values()].map(({ lastSeq }) => lastSeq));
    if (this.#lastLedger === null) {
      const cut = `cut short after seq ${last}, before its first ledger record`;
      if (this.#report.kind !== 'ndjson') return `the output was ${cut}`;
      return `it was written with --no-ledger, or ${cut}; without one nothing can be accounted for`;
    }
    const { seq } = this.#lastLedger;
    const { records } = this.#since;
    const after = records === 0 ? '' : `; ledger seq ${seq} accounts for all but the last ${records} records`;
    return `the output was cut short after seq ${last}${after}`;
  }

  #fault(text: string): void {
    addFault(this.#report, this.#name + text);
  }
}

/** Whether the end, the gaps or what follows the end, which are told in other words, are all that it is about. */
function isTold({ identity, ledgerSeq, rule, of }: Violation, gaps: boolean): boolean {
  if (ledgerSeq !== null) return false;
  return (identity === 'end' && of === '') || (identity === 'seq' && (gaps || rule === NOTHING_FOLLOWS));
}

function sentence({ identity, of, rule, left, right, ledgerSeq }: Violation): string {
  const where = ledgerSeq === null ? 'in the sums' : `at ledger seq ${ledgerSeq}`;
  const whose = of === '' ? '' : ` of ${of}`;
  return `${identity}${whose} does not hold ${where}: ${rule}, but ${left} ≠ ${right}`;
}
