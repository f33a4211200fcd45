import type { Output } from '../sinks/generated/output.js';
import type { Account, Ledger } from './generated/ledger.js';
import { RecordCounts } from './record-counts.js';
import { LedgerSums, type RowSums, type SetAside } from './row-sums.js';
import { SpoolOutcomes } from './spool-outcomes.js';
import { type Violation, Violations } from './violations.js';

/** Rule of a violation that says how many records came after the last ledger record. */
export const NOTHING_FOLLOWS = 'no record follows the last ledger record';

/** Name of the series of ledger records; its units are intervals. */
const LEDGER = 'ledger';

/**
 * Checks an output as it is read: give it every ledger record in order, and at each what the output held since the one before. The sums
 * must hold after every record, since each closes over what was counted until then. The same equations for every feature's row.
 */
export class IdentityCheck {
  readonly sums: LedgerSums;
  /** What the output says it refused, so far. */
  readonly refused = new RecordCounts();
  readonly #violations: Violations;
  readonly #spool: SpoolOutcomes;
  /** Found in the output, up to the last ledger record. */
  readonly #found = new RecordCounts();
  readonly #lastSeqs = new Map<string, number>();
  #lastSeq = 0;
  #ledgers = 0;
  #final = false;
  /** An interval with fewer records than its ledger record says, unless the output's account explains it. */
  #unexplained: Violation | null = null;

  /**
   * @param aside which discards are no losses; by default none is
   * @param bound most violations kept; later ones are only counted, in `suppressed`
   */
  constructor(aside?: SetAside, bound = 100) {
    this.sums = new LedgerSums(aside);
    this.#violations = new Violations(bound);
    this.#spool = new SpoolOutcomes(this.#violations);
  }

  get violations(): readonly Violation[] {
    return this.#violations.list;
  }

  get suppressed(): number {
    return this.#violations.suppressed;
  }

  /** One ledger record, and what stood between it and the one before. */
  ledger(ledger: Ledger, found: RecordCounts): void {
    const { seq, intervals, accounts } = ledger;
    if (this.#final) this.#expect('end', '', 'nothing follows the final ledger record', seq, 0, seq);
    this.#expect('seq', '', 'ledger.seq = seq of the one before + intervals', seq, this.#lastSeq + intervals, seq);
    this.#lastSeq = seq;
    this.#ledgers += intervals;
    this.sums.add(accounts);
    this.#final = ledger.final;
    this.#found.addAll(found);
    for (const account of accounts) this.#account(account, found, seq);
  }

  /** An output record: the output's own account of all that stands before it, and what stood between it and the last ledger record. */
  output(record: Output, found: RecordCounts): void {
    const { series, ledger_seq: at } = record;
    this.#spool.check(record);
    this.#unexplained = null;
    this.refused.clear();
    const units = new Map<string, number>();
    for (const { record, written, refused } of series) {
      this.refused.add(record, refused.records, refused.units);
      units.set(record, written.units + refused.units);
      const here = this.#foundOf(record, found);
      const rule = (what: string): string => `output.written.${what} = those that stand before it`;
      this.#expect('I9', record, rule('records'), written.records, here.records, at);
      this.#expect('I9', record, rule('units'), written.units, here.units, at);
    }
    for (const row of this.sums.rows.values()) {
      const told = [...row.claimed.keys()].reduce((sum, record) => sum + (units.get(record) ?? 0), 0);
      this.#expect('I9', row.feature, 'Σ given = output.written.units + output.refused.units', row.given, told, at);
    }
  }

  /**
   * The end of the output.
   * @param found what stood after the last ledger record
   * @returns every violation found, in order; empty when all hold
   */
  end(found: RecordCounts): readonly Violation[] {
    if (this.#unexplained !== null) this.#violations.add(this.#unexplained);
    if (!this.#final) this.#expect('end', '', 'the last ledger record is final', 0, 1, null);
    this.#expect('seq', '', NOTHING_FOLLOWS, found.records, 0, null);
    if (this.#final) for (const row of this.sums.rows.values()) this.#end(row);
    for (const [record, { records }] of this.#found) {
      if (!this.sums.claims(record)) this.#expect('seq', record, 'records = running numbers given', records, 0, null);
    }
    return this.violations;
  }

  /** What holds of a row after each ledger record. */
  #account(account: Account, found: RecordCounts, seq: number): void {
    const { feature, given } = account;
    const row = this.sums.rows.get(feature);
    if (row === undefined) return;
    let units = 0;
    for (const { record, first_seq, last_seq } of account.series) {
      this.#running(record, first_seq, last_seq, seq);
      units += found.of(record).units;
    }
    const kept = row.emitted + row.pending + row.kernelLost;
    this.#expect('I1', feature, 'Σ attempted = Σ emitted + pending + Σ lost', row.attempted, kept, seq);
    const moved = row.duplicate + row.enqueued + row.dropped;
    this.#expect('I3', feature, 'Σ read = Σ duplicate + Σ enqueued + Σ dropped', row.read, moved, seq);
    const told = row.given + row.filtered + row.selfTest + row.canary + row.merged + row.discards + row.resident;
    const rule = 'Σ enqueued = Σ given + Σ filtered + Σ self_test + Σ canary + Σ merged + Σ discarded + resident';
    this.#expect('I5', feature, rule, row.enqueued, told, seq);
    if (given === units) return;
    const short = 'given = units of the records in the interval';
    this.#unexplained ??= { identity: 'I8', of: feature, rule: short, left: given, right: units, ledgerSeq: seq };
  }

  /** What holds of a row in the end: nothing is held anywhere, and every record is there or accounted for. */
  #end(row: RowSums): void {
    const { feature } = row;
    this.#expect('end', feature, 'pending = 0 in the final ledger record', row.pending, 0, null);
    this.#expect('end', feature, 'resident = 0 in the final ledger record', row.resident, 0, null);
    const fresh = row.read - row.duplicate;
    this.#expect('I2', feature, 'Σ read − Σ duplicate = Σ emitted', fresh, row.emitted, null);
    let units = 0;
    for (const [record, claimed] of row.claimed) {
      const found = this.#found.of(record);
      const refused = this.refused.of(record);
      units += found.units + refused.units;
      // A record that could not be encoded has spent its number.
      const least = claimed - (row.discarded.get('unencodable') ?? 0);
      const there = found.records + refused.records;
      if (there < least || there > claimed) {
        this.#expect('seq', record, 'records + refused = running numbers given', there, claimed, null);
      }
    }
    this.#expect('I8', feature, 'Σ given = units of the records + refused', row.given, units, null);
  }

  #running(record: string, first: number | null, last: number | null, at: number): void {
    if (first === null || last === null) {
      if (first !== last) this.#expect('seq', record, 'first_seq and last_seq are both null or neither', 0, 1, at);
      return;
    }
    const before = this.#lastSeqs.get(record) ?? 0;
    this.#expect('seq', record, 'first_seq = last_seq of the interval before + 1', first, before + 1, at);
    if (last < first) this.#expect('seq', record, 'last_seq ≥ first_seq', last, first, at);
    this.#lastSeqs.set(record, last);
  }

  #foundOf(record: string, since: RecordCounts): { records: number; units: number } {
    if (record === LEDGER) return { records: this.#ledgers, units: 0 };
    const [found, later] = [this.#found.of(record), since.of(record)];
    return { records: found.records + later.records, units: found.units + later.units };
  }

  #expect(...violation: Parameters<Violations['expect']>): void {
    this.#violations.expect(...violation);
  }
}
