import { Subject } from 'rxjs';
import { BatchMemory } from '../../src/connections/batch-memory.js';
import { ConnectionCounts } from '../../src/connections/counts.js';
import { dedup } from '../../src/connections/dedup.js';
import { encode } from '../../src/connections/encode.js';
import { CONNECTIONS } from '../../src/connections/feature.js';
import { FilterMatcher } from '../../src/connections/filter-matcher.js';
import { KIND } from '../../src/connections/layout.gen.js';
import type { ConnectionOptions } from '../../src/connections/options.js';
import { RecordBatch } from '../../src/connections/record-batch.js';
import { select } from '../../src/connections/select.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { u64 } from '../../src/frames/words.js';
import { look } from '../../src/pipeline/operator.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import type { Stage, StageContext } from '../../src/pipeline/stage.js';
import type { Binding } from './binding.js';
import { Kernel, type TakeBlock } from './kernel.js';

const BURIAL_NS = 60e9;

export interface KernelPipelineOptions {
  host: string;
  bootId: string;
  filter?: ConnectionOptions['filter'];
}

/**
 * The stage of connections with the kernel where `track` and `encode` were. For one client; without the bound of the table, and the sweep
 * after a full snapshot.
 */
class KernelStage implements Stage {
  readonly #kernel: Kernel;
  readonly #context: StageContext;
  readonly #memory: BatchMemory;
  readonly #counts = new ConnectionCounts();
  readonly #frames = new Subject<FrameView>();
  #failure: unknown;
  readonly inputs: Stage['inputs'];
  readonly joins = [];

  constructor(kernel: Kernel, context: StageContext, { filter }: ConnectionOptions) {
    this.#kernel = kernel;
    this.#context = context;
    const { row, proofs, clock, cpus } = context;
    this.#memory = new BatchMemory(cpus);
    this.#frames
      .pipe(
        dedup(this.#memory, this.#counts, row, new RecordBatch()),
        select(filter && new FilterMatcher(filter), proofs),
        look((batch) => kernel.update(batch, clock.wallOffsetUs)),
        // Without an output it counts verdicts.
        encode([], this.#counts, row, clock),
      )
      .subscribe({ error: (error) => (this.#failure = error) });
    const chain = { next: (frame: FrameView): void => this.#take(frame) };
    this.inputs = [
      [KIND.batch, chain],
      [KIND.pending, chain],
      [KIND.single, chain],
      [KIND.snapshot, chain],
      [KIND.snapshot_begin, { next: () => {} }],
      [KIND.snapshot_end, { next: (frame) => this.#snapshotEnd(frame) }],
    ];
  }

  attach(): void {}
  detach(): void {}
  flush(): void {}
  close(): void {}

  clock(): void {
    const { nowNs } = this.#context.clock;
    this.#memory.clock(nowNs);
    this.#kernel.release(nowNs, nowNs - BURIAL_NS);
  }

  get statistics() {
    const { late, open, buried, tableBytes } = this.#kernel;
    return { ...this.#counts, table: { late }, open, buried, tableBytes };
  }

  #take(frame: FrameView): void {
    this.#frames.next(frame);
    if (this.#failure) throw this.#failure;
  }

  #snapshotEnd({ u32, start }: FrameView): void {
    const ns = u64(u32, start >>> 2);
    this.#kernel.release(ns, ns);
  }
}

/** The pipeline with that stage. */
export class KernelPipeline extends Pipeline {
  readonly #kernel: Kernel;

  constructor(binding: Binding, { host, bootId, filter }: KernelPipelineOptions, take: TakeBlock) {
    const kernel = new Kernel(binding, host, bootId, take);
    const feature: typeof CONNECTIONS = {
      ...CONNECTIONS,
      stage: (context, options) => new KernelStage(kernel, context, options),
    };
    super({ host, bootId, features: [{ feature: feature as never, options: { filter, maxConnections: 1 } }] });
    this.#kernel = kernel;
  }

  /** Gives the last block. */
  override close(): void {
    this.#kernel.cut();
  }
}
