import { Subject } from 'rxjs';
import { BatchMemory } from '../../src/connections/batch-memory.js';
import { PipelineCounts } from '../../src/connections/counts.js';
import { dedup } from '../../src/connections/dedup.js';
import { encode } from '../../src/connections/encode.js';
import type { ConnectionFilter } from '../../src/connections/filter.js';
import { FilterMatcher } from '../../src/connections/filter-matcher.js';
import { RecordBatch } from '../../src/connections/record-batch.js';
import { select } from '../../src/connections/select.js';
import { SelfTest } from '../../src/connections/self-test.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { CLOCK, FRAME_KIND, SNAPSHOT_MARK } from '../../src/frames/layout.gen.js';
import { SourceGaps } from '../../src/frames/source-gaps.js';
import { look } from '../../src/pipeline/operator.js';
import type { Binding } from './binding.js';
import { Kernel, type TakeBlock } from './kernel.js';

const CPUS = 8192;
const BURIAL_NS = 60e9;
const HIGH = 4294967296;

export interface KernelPipelineOptions {
  host: string;
  bootId: string;
  filter?: ConnectionFilter | undefined;
}

/**
 * The pipeline with the kernel where `track` and `encode` were. Dedup, filter, self-test and counts stay what they are. For one client;
 * without ledger, credit gate, bound of the table, and the sweep after a full snapshot.
 */
export class KernelPipeline {
  readonly creditOpen = true;
  readonly #counts = new PipelineCounts();
  readonly #memory = new BatchMemory(CPUS);
  readonly #selfTest = new SelfTest();
  readonly #gaps = new SourceGaps();
  readonly #frames = new Subject<FrameView>();
  readonly #wall = { offsetUs: 0 };
  readonly #kernel: Kernel;
  #failure: unknown;

  constructor(binding: Binding, { host, bootId, filter }: KernelPipelineOptions, take: TakeBlock) {
    const kernel = new Kernel(binding, host, bootId, take);
    this.#kernel = kernel;
    this.#frames
      .pipe(
        dedup(this.#memory, this.#counts, new RecordBatch()),
        select(filter && new FilterMatcher(filter), this.#selfTest),
        look((batch) => kernel.update(batch, this.#wall.offsetUs)),
        // Without an output it counts verdicts.
        encode([], this.#counts, this.#wall),
      )
      .subscribe({ error: (error) => (this.#failure = error) });
  }

  get statistics() {
    const { late, open, buried, tableBytes } = this.#kernel;
    return { pipeline: this.#counts, table: { late }, open, buried, tableBytes };
  }

  push(frame: FrameView): void {
    this.#gaps.note(frame.source, frame.seq);
    this.#control(frame);
    this.#frames.next(frame);
    if (this.#failure) throw this.#failure;
  }

  drained(): void {}

  /** Gives the last block. */
  close(): void {
    this.#kernel.cut();
  }

  #control(frame: FrameView): void {
    const { kind, u32 } = frame;
    const at = frame.start >>> 2;
    const ns = u32[at]! + u32[at + 1]! * HIGH;
    if (kind === FRAME_KIND.clock && frame.length === CLOCK.size) {
      const wall = at + (CLOCK.wall_offset_us >>> 2);
      this.#wall.offsetUs = u32[wall]! + (u32[wall + 1]! | 0) * HIGH;
      this.#memory.clock(ns);
      this.#kernel.release(ns, ns - BURIAL_NS);
    } else if (kind === FRAME_KIND.snapshot_end && frame.length === SNAPSHOT_MARK.size) this.#kernel.release(ns, ns);
    else if (kind === FRAME_KIND.selftest && !this.#selfTest.add(frame)) this.#counts.invalidFrames++;
  }
}
