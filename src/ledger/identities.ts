import type { Output as OutputRecord, SeriesCount } from '../sinks/generated/output.js';
import type { Ledger } from './generated/ledger.js';

/** The identities that a sequence of ledger records and the records between them must keep; docs/cli.md lists them, at verify. */
export type IdentityName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I8' | 'I9' | 'seq' | 'end';

export interface Violation {
  identity: IdentityName;
  /** The equation, in the words of the ledger record. */
  rule: string;
  left: number;
  right: number;
  /** `seq` of the ledger record where it was found; null: in the sums over the output. */
  ledgerSeq: number | null;
}

/** What was counted in the output itself, between the ledger records. */
export interface OutputCount {
  /** Closed connection records. */
  closed: number;
  /** Connection records, open ones included. */
  records: number;
}

/** What an output record says of one series; nothing, when it does not speak of it. */
function seriesOf({ series }: OutputRecord, name: string): { written: SeriesCount; refused: SeriesCount } {
  const nothing = { records: 0, units: 0 };
  return series.find(({ record }) => record === name) ?? { written: nothing, refused: nothing };
}

/** Rule of a violation that says how many records came after the last ledger record. */
export const NOTHING_FOLLOWS = 'no record follows the last ledger record';

/** Sums over the ledger records of one output, with the levels of the last one. */
export class LedgerSums {
  attempted = 0;
  emitted = 0;
  pending = 0;
  bufferFull = 0;
  mapFull = 0;
  recursion = 0;
  unseen = 0;
  read = 0;
  duplicate = 0;
  enqueued = 0;
  ringDropped = 0;
  filtered = 0;
  /** Connections of conntrail's self-test. */
  selfTest = 0;
  evicted = 0;
  resident = 0;
  written = 0;
  sinkDropped = 0;
  /** Connection records that the running numbers claim. */
  claimed = 0;

  add(ledger: Ledger): void {
    const { kernel, reader, ring, pipeline, sink } = ledger;
    this.attempted += kernel.attempted;
    this.emitted += kernel.emitted;
    this.pending = kernel.pending;
    this.bufferFull += kernel.lost.buffer_full;
    this.mapFull += kernel.lost.map_full;
    this.recursion += kernel.lost.recursion;
    this.unseen += kernel.lost.unseen;
    this.read += reader.read;
    this.duplicate += reader.duplicate;
    this.enqueued += ring.enqueued;
    this.ringDropped += ring.dropped;
    this.filtered += pipeline.filtered;
    // Outputs of before it had a count of its own lack it: filtered has it there.
    this.selfTest += pipeline.self_test ?? 0;
    this.evicted += pipeline.evicted;
    this.resident = pipeline.resident;
    this.written += sink.written;
    this.sinkDropped += sink.dropped;
    if (ledger.first_seq !== null && ledger.last_seq !== null) this.claimed += ledger.last_seq - ledger.first_seq + 1;
  }

  /** Connections lost in the kernel. */
  get kernelLost(): number {
    return this.bufferFull + this.mapFull + this.recursion + this.unseen;
  }

  /** Connections that conntrail says are not in the output although nobody asked for that, wherever they were lost. */
  get lost(): number {
    return this.kernelLost + this.ringDropped + this.evicted + this.sinkDropped;
  }
}

/**
 * Checks an output as it is read: give it every ledger record in order, and at each what the output held since the one before. The sums
 * must hold after every record, since each closes over what was counted until then.
 */
export class IdentityCheck {
  readonly sums = new LedgerSums();
  readonly violations: Violation[] = [];
  readonly #bound: number;
  #lastSeq = 0;
  #lastConnectionSeq = 0;
  #final = false;
  #counted = 0;
  #records = 0;
  #ledgers = 0;
  /** What the output says it refused, so far. */
  #refused: SeriesCount = { records: 0, units: 0 };
  /** An interval with fewer records than its ledger record says, unless the output's account explains it. */
  #unexplained: Violation | null = null;
  /** Violations beyond the bound. */
  suppressed = 0;

  /** @param bound most violations kept; later ones are only counted, in `suppressed` */
  constructor(bound = 100) {
    this.#bound = bound;
  }

  /** One ledger record, and what stood between it and the one before. */
  ledger(ledger: Ledger, output: OutputCount): void {
    const { seq } = ledger;
    // Records made before there were joined ones, in NDJSON, stand for one interval.
    const intervals = ledger.intervals ?? 1;
    const sums = this.sums;
    if (this.#final) this.#report('end', 'nothing follows the final ledger record', seq, 0, seq);
    this.#expect('seq', 'ledger.seq = seq of the one before + intervals', seq, this.#lastSeq + intervals, seq);
    this.#lastSeq = seq;
    this.#ledgers += intervals;
    this.#running(ledger);
    sums.add(ledger);
    this.#final = ledger.final;
    this.#counted += output.closed;
    this.#records += output.records;
    const { kernel, sink, pipeline } = ledger;
    this.#expect(
      'I1',
      'Σ kernel.attempted = Σ emitted + pending + Σ lost',
      sums.attempted,
      sums.emitted + kernel.pending + sums.kernelLost,
      seq,
    );
    this.#expect(
      'I3',
      'Σ reader.read = Σ duplicate + Σ ring.enqueued + Σ ring.dropped',
      sums.read,
      sums.duplicate + sums.enqueued + sums.ringDropped,
      seq,
    );
    this.#expect(
      'I5',
      'Σ ring.enqueued = Σ sink.written + Σ sink.dropped + Σ filtered + Σ self_test + Σ evicted + resident',
      sums.enqueued,
      sums.written + sums.sinkDropped + sums.filtered + sums.selfTest + sums.evicted + pipeline.resident,
      seq,
    );
    if (sink.written !== output.closed) {
      const rule = 'sink.written = closed connection records in the interval';
      this.#unexplained ??= { identity: 'I8', rule, left: sink.written, right: output.closed, ledgerSeq: seq };
    }
  }

  /** An output record: the output's own account of all that stands before it, and what stood between it and the last ledger record. */
  output(record: OutputRecord, output: OutputCount): void {
    const at = record.ledger_seq;
    const { written, refused } = seriesOf(record, 'connection');
    this.#unexplained = null;
    this.#refused = refused;
    const rule = (what: string): string => `written ${what} of the output record = those that stand before it`;
    this.#expect('I9', rule('closed connections'), written.units, this.#counted + output.closed, at);
    this.#expect('I9', rule('connection records'), written.records, this.#records + output.records, at);
    this.#expect('I9', rule('ledger records'), seriesOf(record, 'ledger').written.records, this.#ledgers, at);
    this.#expect(
      'I9',
      'Σ sink.written = closed connections written + refused of the output record',
      this.sums.written,
      written.units + refused.units,
      at,
    );
  }

  /** Connection records that the output says it refused, in all. */
  get refused(): Readonly<SeriesCount> {
    return this.#refused;
  }

  /**
   * The end of the output.
   * @param output what stood after the last ledger record
   * @returns every violation found, in order; empty when all hold
   */
  end(output: OutputCount): Violation[] {
    const sums = this.sums;
    if (this.#unexplained !== null) this.#keep(this.#unexplained);
    if (!this.#final) this.#report('end', 'the last ledger record is final', 0, 1, null);
    this.#expect('seq', NOTHING_FOLLOWS, output.records, 0, null);
    if (!this.#final) return this.violations;
    const fresh = sums.read - sums.duplicate;
    this.#expect('I2', 'Σ reader.read − Σ duplicate = Σ kernel.emitted', fresh, sums.emitted, null);
    this.#expect(
      'I4',
      'Σ reader.read − Σ duplicate = Σ ring.enqueued + Σ ring.dropped',
      fresh,
      sums.enqueued + sums.ringDropped,
      null,
    );
    this.#expect(
      'I8',
      'Σ kernel.attempted = closed records + refused + Σ lost + Σ ring.dropped + Σ sink.dropped + Σ filtered + Σ self_test + Σ evicted + pending + resident',
      sums.attempted,
      this.#counted + this.#refused.units + sums.lost + sums.filtered + sums.selfTest + sums.pending + sums.resident,
      null,
    );
    // A refused record has spent its number: the gap is in the ledger for closed connections.
    if (sums.sinkDropped === 0) {
      const given = this.#records + this.#refused.records;
      this.#expect('seq', 'connection records + refused = running numbers given', given, sums.claimed, null);
    }
    return this.violations;
  }

  #running({ seq, first_seq, last_seq }: Ledger): void {
    if (first_seq === null || last_seq === null) {
      if (first_seq !== last_seq) this.#report('seq', 'first_seq and last_seq are both null or neither', 0, 1, seq);
      return;
    }
    this.#expect('seq', 'first_seq = last_seq of the interval before + 1', first_seq, this.#lastConnectionSeq + 1, seq);
    if (last_seq < first_seq) this.#report('seq', 'last_seq ≥ first_seq', last_seq, first_seq, seq);
    this.#lastConnectionSeq = last_seq;
  }

  #expect(identity: IdentityName, rule: string, left: number, right: number, ledgerSeq: number | null): void {
    if (left !== right) this.#report(identity, rule, left, right, ledgerSeq);
  }

  #report(identity: IdentityName, rule: string, left: number, right: number, ledgerSeq: number | null): void {
    this.#keep({ identity, rule, left, right, ledgerSeq });
  }

  #keep(violation: Violation): void {
    if (this.violations.length < this.#bound) this.violations.push(violation);
    else this.suppressed++;
  }
}
