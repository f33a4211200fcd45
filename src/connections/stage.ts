import type { FrameView } from '../frames/frame-view.js';
import { u64 } from '../frames/words.js';
import type { ClientPorts } from '../pipeline/client-ports.js';
import { resolvedJoin } from '../pipeline/join.js';
import type { Stage, StageContext } from '../pipeline/stage.js';
import { BatchMemory } from './batch-memory.js';
import { type Chain, operatorChain } from './chain.js';
import { ClientOutput } from './client-output.js';
import { ConnectionTable } from './connection-table.js';
import { ConnectionCounts } from './counts.js';
import type { ConnectionFilter } from './filter.js';
import { FilterMatcher } from './filter-matcher.js';
import { CONNECTION } from './generated/connection-type.js';
import { KIND, SNAPSHOT_MARK } from './layout.gen.js';
import { NO_JOIN, RECORDS_PER_BATCH, RecordBatch } from './record-batch.js';

export interface ConnectionStageOptions {
  /** Which connections leave; all by default. */
  filter?: ConnectionFilter | undefined;
  /** Most entries of the connection table. */
  maxConnections: number;
}

/** Frames of closed connections and snapshots in, connection records out. */
export class ConnectionStage implements Stage {
  readonly #context: StageContext;
  readonly #counts = new ConnectionCounts();
  readonly #table: ConnectionTable;
  readonly #memory: BatchMemory;
  readonly #batch = new RecordBatch();
  readonly #outputs: ClientOutput[] = [];
  #gapsAtBegin = 0;
  /** When the snapshot began that is being told, boot clock, ns. */
  #beganNs = 0;
  readonly inputs: Stage['inputs'];
  readonly joins = [];

  /** @param chain of what the frames go through; benchmarks and tests have others */
  constructor(context: StageContext, options: ConnectionStageOptions, chain: Chain = operatorChain) {
    this.#context = context;
    const { row, proofs, clock, cpus } = context;
    this.#table = new ConnectionTable(options.maxConnections);
    this.#memory = new BatchMemory(cpus);
    this.#batch.joins = context.joins
      .filter(({ record }) => record === CONNECTION.name)
      .map((join) => resolvedJoin(join, RECORDS_PER_BATCH));
    const joined = (field: string) => this.#batch.joins.find(({ join }) => join.field === field) ?? NO_JOIN;
    this.#batch.localNames = joined('local.names');
    this.#batch.remoteNames = joined('remote.names');
    const next = chain({
      memory: this.#memory,
      counts: this.#counts,
      row,
      batch: this.#batch,
      matcher: options.filter && new FilterMatcher(options.filter),
      proofs,
      table: this.#table,
      outputs: this.#outputs,
      clock,
    });
    this.inputs = [
      [KIND.batch, { next }],
      [KIND.pending, { next }],
      [KIND.single, { next }],
      [KIND.snapshot, { next }],
      [KIND.snapshot_begin, { next: (frame) => this.#snapshotBegin(frame) }],
      [KIND.snapshot_end, { next: (frame) => this.#snapshotEnd(frame) }],
    ];
  }

  attach(slot: number, ports: ClientPorts): void {
    this.#table.addClient(slot);
    this.#table.prepare(this.#batch);
    this.#outputs.push(new ClientOutput(ports, slot, this.#context.identity));
  }

  detach(slot: number): void {
    const at = this.#outputs.findIndex(({ column }) => column === slot);
    if (at < 0) return;
    this.#outputs.splice(at, 1);
    this.#table.removeClient(slot);
  }

  clock(): void {
    const { nowNs } = this.#context.clock;
    this.#memory.clock(nowNs);
    this.#table.clock(nowNs);
  }

  flush(deltas: boolean): void {
    this.#table.deltasOpen = deltas;
  }

  readUntil(bootNs: number): void {
    this.#table.readUntil(bootNs);
  }

  get statistics(): ConnectionStatistics {
    const table = this.#table;
    const { open, buried, bytes } = table;
    const { impossible, ...counters } = table.counters;
    return { ...this.#counts, impossible, table: counters, open, buried, tableBytes: bytes };
  }

  close(): void {}

  #snapshotBegin({ u32, start }: FrameView): void {
    this.#gapsAtBegin = this.#context.gaps.missing;
    this.#beganNs = u64(u32, start >>> 2);
    this.#table.snapshotBegin(u32[(start + SNAPSHOT_MARK.id) >>> 2]!);
  }

  #snapshotEnd({ u32, start }: FrameView): void {
    const at = start >>> 2;
    // A row that found no room in the ring is missing without being gone.
    const whole = this.#context.gaps.missing === this.#gapsAtBegin;
    const full = u32[at + (SNAPSHOT_MARK.full >>> 2)] === 1 && whole;
    this.#table.snapshotEnd(u64(u32, at), u32[at + (SNAPSHOT_MARK.id >>> 2)]!, full);
    if (whole) this.#context.proofs.shown(this.#beganNs);
  }
}

/** What the stage counts beside its row: see the types named for units. */
export interface ConnectionStatistics extends ConnectionCounts, Record<string, unknown> {
  /** Open ones, of snapshots, with counts or times that cannot be. */
  impossible: number;
  table: Omit<ConnectionTable['counters'], 'impossible'>;
  /** Connections remembered: open ones that were reported, and closed ones; bytes of both. */
  open: number;
  buried: number;
  tableBytes: number;
}
