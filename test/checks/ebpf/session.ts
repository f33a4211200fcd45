import { EBPF } from '../../../src/checks/ebpf/feature.js';
import type { EbpfMap } from '../../../src/checks/ebpf/generated/ebpf-map.js';
import type { EbpfProgram } from '../../../src/checks/ebpf/generated/ebpf-program.js';
import type { EbpfTotal } from '../../../src/checks/ebpf/generated/ebpf-total.js';
import { FEATURE, KIND } from '../../../src/checks/ebpf/layout.gen.js';
import { IdentityCheck } from '../../../src/ledger/identities.js';
import { RecordCounts } from '../../../src/ledger/record-counts.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import { Pipeline } from '../../../src/pipeline/pipeline.js';
import {
  type MapFields,
  mapFrame,
  type ProgramFields,
  programFrame,
  READ_NS,
  type RoundFields,
  roundFrame,
} from '../../support/ebpf-frames.js';
import { FrameStream } from '../../support/frames.js';
import { ListWriter } from '../../support/list-writer.js';

export const CPUS = 4;
/** The wall clock's offset, µs. */
export const WALL = 1_700_000_000_000_000;

/** The records of a run of this feature alone, as NDJSON has them. */
export class EbpfSession {
  readonly writer = new ListWriter();
  readonly pipeline: Pipeline;
  readonly stream: FrameStream;
  #units = 0;

  constructor(options: object = {}) {
    const features = [{ feature: EBPF as Feature, options: EBPF.options.parse(options) }];
    this.pipeline = new Pipeline({ host: 'test', bootId: 'b', cpus: CPUS, features, clients: [this.writer.client] });
    this.stream = new FrameStream((view) => this.pipeline.push(view));
    this.stream.clock(READ_NS, WALL);
  }

  map(fields: MapFields): void {
    this.give(KIND.map, mapFrame(fields));
  }

  program(fields: ProgramFields): void {
    this.give(KIND.program, programFrame(fields));
  }

  end(fields: RoundFields = {}): void {
    this.stream.add(KIND.round, roundFrame(fields), 0);
  }

  give(kind: number, payload: Uint8Array): void {
    this.#units++;
    this.stream.add(kind, payload, 1);
  }

  get maps(): EbpfMap[] {
    return this.#of<EbpfMap>('ebpf_map');
  }

  get programs(): EbpfProgram[] {
    return this.#of<EbpfProgram>('ebpf_program');
  }

  get totals(): EbpfTotal[] {
    return this.#of<EbpfTotal>('ebpf_total');
  }

  get statistics(): Readonly<Record<string, unknown>> {
    return this.pipeline.statistics.features.ebpf!.stage;
  }

  /** Ends the run; the ledger's row of it, whose equations hold. */
  row() {
    const units = this.#units;
    this.stream.account({
      feature: FEATURE,
      attempted: units,
      emitted: units,
      read: units,
      enqueued: units,
      final: 1,
    });
    this.stream.flush(READ_NS + 1e9, { final: true });
    const [ledger] = this.writer.ledgers;
    const check = new IdentityCheck();
    const found = new RecordCounts();
    found.add('ebpf_map', this.maps.length, this.maps.length);
    found.add('ebpf_program', this.programs.length, this.programs.length);
    found.add('ebpf_total', this.totals.length, 0);
    check.ledger(ledger!, found);
    const faults = check.end(new RecordCounts());
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
    return ledger!.accounts[0]!;
  }

  #of<R>(name: string): R[] {
    return this.writer.others.filter(({ record }) => record === name) as unknown as R[];
  }
}
