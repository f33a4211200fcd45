import type { Ledger } from '../ledger/generated/ledger.js';
import { IdentityCheck, NOTHING_FOLLOWS, type Violation } from '../ledger/identities.js';
import type { Output as OutputRecord } from '../sinks/generated/output.js';
import type { FoundRecord } from './found-record.js';
import { addFault, type VerifyReport } from './report.js';

/**
 * Checks the records of one output in the order in which they were made: running numbers, and the ledger's identities against what
 * really stands between the ledger records.
 */
export class OutputCheck {
  readonly #report: VerifyReport;
  readonly #identities = new IdentityCheck();
  readonly #name: string;
  #closed = 0;
  #records = 0;
  #lastSeq = 0;
  #lastLedger: Ledger | null = null;
  #missing = 0;
  #firstGap: string | null = null;
  #host: string | null = null;
  #bootId = '';
  #run: number | null = null;
  #foreign = false;

  /** @param name what sentences call the output; '' when the report's path says it */
  constructor(report: VerifyReport, name = '') {
    this.#report = report;
    this.#name = name === '' ? '' : `${name}: `;
  }

  /** seq of the last connection record. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Takes the next record. */
  add(found: FoundRecord): void {
    if (this.#host === null) this.origin(found.host, found.bootId);
    this.#run ??= found.run;
    const own = found.host === this.#host && found.bootId === this.#bootId && found.run === this.#run;
    if (!this.#foreign && !own) {
      this.#foreign = true;
      this.#fault(`${found.record} seq ${found.seq} is of another host, boot or run than the output`);
    }
    if (found.record === 'ledger') this.ledger(found.ledger);
    else if (found.record === 'output') this.output(found.output);
    else {
      if (found.wrong !== null) this.#fault(`connection seq ${found.seq}: ${found.wrong}`);
      this.connection(found.seq, found.closed);
    }
  }

  /** Of which host and boot all records must be; those of the first one, when it is not called. */
  origin(host: string, bootId: string): void {
    this.#host = host;
    this.#bootId = bootId;
  }

  connection(seq: number, closed: boolean): void {
    this.#report.connections++;
    this.#records++;
    if (closed) {
      this.#report.closed++;
      this.#closed++;
    }
    const expected = this.#lastSeq + 1;
    if (seq < expected)
      this.#fault(`connection seq ${seq} follows ${this.#lastSeq}: records are repeated or out of order`);
    if (seq > expected) {
      this.#missing += seq - expected;
      this.#firstGap ??= seq === expected + 1 ? `seq ${expected}` : `seq ${expected} to ${seq - 1}`;
    }
    this.#lastSeq = Math.max(seq, this.#lastSeq);
  }

  ledger(record: Ledger): void {
    this.#report.ledgers++;
    const last = this.#lastLedger;
    if (last !== null && record.interval.start !== last.interval.end)
      this.#fault(`the interval of ledger seq ${record.seq} does not begin where the one before ended`);
    this.#identities.ledger(record, { closed: this.#closed, records: this.#records });
    this.#lastLedger = record;
    this.#closed = 0;
    this.#records = 0;
  }

  /** What the output says of itself, behind a ledger record. */
  output(record: OutputRecord): void {
    this.#identities.output(record, { closed: this.#closed, records: this.#records });
  }

  /** After the last record. The end and the gaps come first: they explain the sums that do not close. */
  end(): void {
    const violations = this.#identities.end({ closed: this.#closed, records: this.#records });
    const { sums, refused } = this.#identities;
    this.#report.lost += sums.lost + refused.units;
    this.#report.refused += refused.units;
    if (this.#lastLedger?.final !== true) this.#fault(`no final ledger: ${this.#where()}`);
    if (this.#missing > sums.sinkDropped + refused.records) {
      this.#fault(`${this.#missing} connection records are missing, the first at ${this.#firstGap}`);
    }
    for (const violation of violations) if (!this.#isTold(violation)) this.#fault(sentence(violation));
    if (this.#lastLedger?.final === true && this.#records > 0) {
      this.#fault(`${this.#records} connection records follow the final ledger`);
    }
  }

  /** Whether the end, the gaps or what follows the end, which are told in other words, are all that it is about. */
  #isTold({ identity, ledgerSeq, rule }: Violation): boolean {
    if (ledgerSeq !== null) return false;
    return identity === 'end' || (identity === 'seq' && (this.#missing > 0 || rule === NOTHING_FOLLOWS));
  }

  #where(): string {
    if (this.#lastLedger === null) {
      const cut = `cut short after seq ${this.#lastSeq}, before its first ledger record`;
      if (this.#report.kind !== 'ndjson') return `the output was ${cut}`;
      return `it was written with --no-ledger, or ${cut}; without one nothing can be accounted for`;
    }
    const { seq } = this.#lastLedger;
    const after =
      this.#records === 0 ? '' : `; ledger seq ${seq} accounts for all but the last ${this.#records} records`;
    return `the output was cut short after seq ${this.#lastSeq}${after}`;
  }

  #fault(text: string): void {
    addFault(this.#report, this.#name + text);
  }
}

function sentence({ identity, rule, left, right, ledgerSeq }: Violation): string {
  const where = ledgerSeq === null ? 'in the sums' : `at ledger seq ${ledgerSeq}`;
  return `${identity} does not hold ${where}: ${rule}, but ${left} ≠ ${right}`;
}
