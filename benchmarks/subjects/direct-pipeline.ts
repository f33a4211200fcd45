import { BatchMemory } from '../../src/connections/batch-memory.js';
import { ClientOutput } from '../../src/connections/client-output.js';
import { ConnectionTable } from '../../src/connections/connection-table.js';
import { PipelineCounts } from '../../src/connections/counts.js';
import { deliver } from '../../src/connections/dedup.js';
import { give } from '../../src/connections/encode.js';
import { RecordBatch } from '../../src/connections/record-batch.js';
import { judge } from '../../src/connections/select.js';
import { SelfTest } from '../../src/connections/self-test.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { CLOCK, FRAME_KIND, SNAPSHOT_MARK } from '../../src/frames/layout.gen.js';
import { SourceGaps } from '../../src/frames/source-gaps.js';
import type { PipelineOptions } from '../../src/pipeline/pipeline.js';

const CPUS = 8192;
const HIGH = 4294967296;

/** The stages of the pipeline one after another without RxJS: what RxJS is measured against. Keeps no ledger. */
export class DirectPipeline {
  readonly creditOpen = true;
  readonly #counts = new PipelineCounts();
  readonly #table: ConnectionTable;
  readonly #memory = new BatchMemory(CPUS);
  readonly #selfTest = new SelfTest();
  readonly #gaps = new SourceGaps();
  readonly #batch = new RecordBatch();
  readonly #outputs: ClientOutput[] = [];
  readonly #wall = { offsetUs: 0 };

  constructor({ host, bootId, clients = [], maxConnections }: PipelineOptions) {
    const encoder = new TextEncoder();
    this.#table = new ConnectionTable(maxConnections);
    for (const client of clients) {
      const column = this.#table.addClient();
      this.#outputs.push(new ClientOutput(client, column, encoder.encode(host), encoder.encode(bootId)));
    }
    this.#table.prepare(this.#batch);
  }

  get statistics() {
    return {
      pipeline: this.#counts,
      table: this.#table.counters,
      open: this.#table.open,
      buried: this.#table.buried,
      tableBytes: this.#table.bytes,
    };
  }

  push(frame: FrameView): void {
    this.#gaps.note(frame.source, frame.seq);
    const { kind, u32 } = frame;
    const at = frame.start >>> 2;
    if (kind === FRAME_KIND.clock) {
      const wall = at + (CLOCK.wall_offset_us >>> 2);
      this.#wall.offsetUs = u32[wall]! + (u32[wall + 1]! | 0) * HIGH;
      const ns = u32[at]! + u32[at + 1]! * HIGH;
      this.#memory.clock(ns);
      this.#table.clock(ns);
    } else if (kind === FRAME_KIND.snapshot_begin) {
      this.#table.snapshotBegin(u32[at + (SNAPSHOT_MARK.id >>> 2)]!);
    } else if (kind === FRAME_KIND.snapshot_end) {
      this.#table.snapshotEnd(u32[at]! + u32[at + 1]! * HIGH, u32[at + (SNAPSHOT_MARK.id >>> 2)]!, false);
    } else deliver(frame, this.#memory, this.#counts, this.#batch, this.#next);
  }

  drained(): void {}

  #next = (batch: RecordBatch): void => {
    judge(batch, undefined, this.#selfTest);
    this.#table.update(batch);
    give(batch, this.#outputs, this.#counts, this.#wall);
  };
}
