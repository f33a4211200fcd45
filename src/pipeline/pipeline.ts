import type { Observable } from 'rxjs';
import { ConntrailError } from '../errors.js';
import { MAX_BOOT_NS } from '../frames/bounds.js';
import { featureOf } from '../frames/frame-kind.js';
import type { FrameView } from '../frames/frame-view.js';
import { CLOCK, CORE_KIND, FLUSH, UNORDERED } from '../frames/layout.gen.js';
import { SourceGaps } from '../frames/source-gaps.js';
import { u64 } from '../frames/words.js';
import { Row } from '../ledger/row.js';
import type { RowTotals } from '../ledger/row-totals.js';
import { accountedFeature, SourceAccounts } from '../ledger/source-accounts.js';
import type { Client } from './client.js';
import { ClientSlots } from './client-slots.js';
import type { ClientWatch } from './client-watch.js';
import type { EnabledFeature } from './feature.js';
import { rowTotals } from './feature-row.js';
import { Inputs } from './inputs.js';
import { Ledgers } from './ledgers.js';
import { LiveHooks } from './live-hooks.js';
import { type ProofEvent, Proofs } from './proofs.js';
import type { Stage } from './stage.js';
import { type PipelineStatistics, statisticsOf } from './statistics.js';
import { StreamClock } from './stream-clock.js';
import { ToldAssets } from './told-assets.js';

export type { FeatureStatistics, PipelineStatistics } from './statistics.js';

export interface PipelineOptions {
  /** Name of the traced host, in every record. */
  host: string;
  /** Boot id of the traced host, in every record. */
  bootId: string;
  /** When the tracer began, by the boot clock, µs, in every record; 0 where nobody knows. */
  run?: number | undefined;
  /** What runs: whoever joins onto another's records comes before it. */
  features: readonly EnabledFeature[];
  /** Whoever takes records from the first frame on. */
  clients?: readonly Client[];
  /** CPUs there can be; 8192, the most Linux has, by default. */
  cpus?: number;
  /** Bytes a client may hold back before flushes of what goes on are delayed; 8 MiB by default. */
  credit?: number;
  /** Is told of every client. */
  watch?: ClientWatch | undefined;
}

/** A feature at work. */
export interface Running {
  readonly enabled: EnabledFeature;
  readonly row: Row;
  /** What its sources told of themselves. */
  readonly sources: SourceAccounts;
  readonly stage: Stage;
}

const MAX_CPUS = 8192;
/** Causes of losses that say nothing of the hooks. */
const WANT_OF_ROOM: ReadonlySet<string> = new Set(['buffer_full', 'map_full']);
const CREDIT_BYTES = 8 << 20;

/**
 * From frames to records: routes each frame to the stage of its feature, and keeps what all share: clock, clients, flushes, ledger. A pure
 * function of the frames and the options: it looks at no clock, file or kernel, so that the same frames give the same records, live and
 * replayed. Synchronous; everything a frame causes has happened when `push` returns.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #running: readonly Running[];
  readonly #inputs = new Inputs();
  readonly #slots = new ClientSlots();
  readonly #proofs = new Proofs();
  readonly #hooks: LiveHooks;
  readonly #assets = new ToldAssets();
  readonly #gaps = new SourceGaps();
  readonly #clock = new StreamClock();
  readonly #ledgers: Ledgers;
  /** Stages that have not done all that the last flush began. */
  #unfinished: Stage[] = [];
  #invalid = 0;
  #skipped = 0;
  #failure: ConntrailError | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { host, bootId, run = 0, features, cpus = MAX_CPUS } = options;
    const encoder = new TextEncoder();
    const identity = { host: encoder.encode(host), bootId: encoder.encode(bootId), run };
    const shared = { clock: this.#clock, proofs: this.#proofs, gaps: this.#gaps, cpus, identity };
    const running: Running[] = [];
    for (const enabled of features) {
      const { feature, prepared } = enabled;
      const row = new Row(feature.discards.length);
      const joins = running.flatMap(({ stage }) => stage.joins);
      const stage = feature.stage({ ...shared, row, joins, prepared }, enabled.options);
      for (const [kind, observer] of stage.inputs) this.#inputs.add(feature.kinds, row, kind, observer);
      running.push({ enabled, row, sources: new SourceAccounts(), stage });
    }
    this.#running = running;
    this.#hooks = new LiveHooks(features, this.#proofs);
    this.#ledgers = new Ledgers({ host, bootId, run });
    for (const client of options.clients ?? []) this.addClient(client);
  }

  /** What self-test and canaries tell of the hook groups. Completes with the pipeline. */
  get proofs$(): Observable<ProofEvent> {
    return this.#proofs.events$;
  }

  /** Whether every client can take deltas of what goes on now: the pump asks before it writes a FLUSH frame. */
  get creditOpen(): boolean {
    const limit = this.#options.credit ?? CREDIT_BYTES;
    for (const { client } of this.#slots) if (client.writer.backlog > limit) return false;
    return true;
  }

  /**
   * Takes one frame; the view is not kept.
   * @throws ConntrailError CONNTRAIL_PIPELINE when a stage failed, then and at every later call
   */
  push(frame: FrameView): void {
    if (this.#failure) throw this.#failure;
    if (this.#slots.areLeaving) this.#leave();
    this.#gaps.note(frame.source, frame.seq);
    const input = this.#inputs.of(frame.kind);
    try {
      if (this.#unfinished.length > 0) this.#proceed();
      if (!input) {
        this.#core(frame);
        return;
      }
      input.row.enqueued += frame.fresh;
      if (frame.length < input.least || frame.length > input.most || frame.fresh > input.units) {
        input.row.discardFrame(frame.fresh);
        return;
      }
      input.observer.next(frame);
    } catch (cause) {
      const sentence = 'The pipeline failed on a frame; report this with a recording.';
      this.#failure = new ConntrailError('CONNTRAIL_PIPELINE', sentence, { cause });
      throw this.#failure;
    }
  }

  /** Tells every client to hand on what it has buffered: the source of frames ran dry. Changes no record. */
  drained(): void {
    if (this.#slots.areLeaving) this.#leave();
    for (const { client } of this.#slots) client.writer.push();
  }

  /**
   * Adds a client that was told nothing yet: its first record of a connection carries all of it. Its ledger begins now.
   * @returns removes it, before the next frame
   * @throws ConntrailError CONNTRAIL_OPTION when there are eight clients already
   */
  addClient(client: Client): () => void {
    const { slot, ports } = this.#slots.add(client);
    for (const { stage } of this.#running) stage.attach(slot, ports);
    this.#options.watch?.join(slot, (record) => ports.isTaken(record));
    this.#ledgers.join(slot, this.#nowUs, this.#totals(slot));
    return () => this.#slots.leave(slot, client);
  }

  get statistics(): PipelineStatistics {
    const router = { invalid: this.#invalid, missing: this.#gaps.missing, skipped: this.#skipped };
    return statisticsOf(router, this.#running, this.#slots);
  }

  /** Ends the streams; `push` must not be called any more. */
  close(): void {
    for (const { stage } of this.#running) stage.close();
    this.#proofs.complete();
  }

  /** Frames that are no feature's. */
  #core(frame: FrameView): void {
    switch (frame.kind) {
      case CORE_KIND.clock:
        if (frame.length !== CLOCK.size || !this.#moveClock(frame)) this.#invalid++;
        return;
      case CORE_KIND.account:
        this.#account(frame);
        return;
      case CORE_KIND.flush:
        if (frame.length !== FLUSH.size || !this.#flush(frame)) this.#invalid++;
        return;
      case CORE_KIND.selftest:
        if (!this.#proofs.add(frame)) this.#invalid++;
        return;
      case CORE_KIND.hooks:
        if (!this.#hooks.add(frame)) this.#invalid++;
        return;
      case CORE_KIND.assets:
        if (!this.#assets.add(frame)) this.#invalid++;
        return;
      case CORE_KIND.unordered:
        this.#unordered(frame);
        return;
      case CORE_KIND.mark:
        // For the pump, which has done with it what there is to do.
        return;
      default:
        this.#stray(frame);
    }
  }

  /** A frame that nobody takes. Of a feature that runs, its units are in what the feature's sources tell. */
  #stray({ kind, fresh }: FrameView): void {
    const running = this.#of(featureOf(kind));
    if (running === undefined) {
      this.#skipped++;
      return;
    }
    running.row.enqueued += fresh;
    running.row.discardFrame(fresh);
  }

  #of(id: number): Running | undefined {
    return this.#running.find(({ enabled }) => enabled.feature.id === id);
  }

  #account(frame: FrameView): void {
    const id = accountedFeature(frame);
    const running = this.#of(id);
    if (id < 0) this.#invalid++;
    else if (running === undefined) this.#skipped++;
    else if (!running.sources.accept(frame)) running.row.invalidFrames++;
    else {
      const { sources, stage } = running;
      stage.readUntil?.(sources.readNs);
      if (sources.readNs >= 0) this.#proofs.toldUntil(id, sources.readNs, this.#lostOnTheWay(running));
    }
  }

  /** Units that were lost for want of room, so that what is missing may be among them. Other causes may themselves come of hooks that are gone. */
  #lostOnTheWay({ enabled: { feature }, sources }: Running): number {
    let lost = sources.total('dropped');
    for (const [place, cause] of feature.causes.entries()) if (WANT_OF_ROOM.has(cause)) lost += sources.lost(place);
    return lost;
  }

  #unordered({ u32, start, length }: FrameView): void {
    const id = length === UNORDERED.size ? u32[(start + UNORDERED.feature) >>> 2]! : -1;
    const running = this.#of(id);
    if (running !== undefined) running.row.unordered += u32[(start + UNORDERED.units) >>> 2]!;
    else if (id < 0) this.#invalid++;
    else this.#skipped++;
  }

  #moveClock(frame: FrameView): boolean {
    const first = !this.#clock.known;
    if (!this.#clock.take(frame)) return false;
    for (const { stage } of this.#running) stage.clock();
    if (first) this.#ledgers.begin(this.#nowUs);
    return true;
  }

  #flush({ u32, start }: FrameView): boolean {
    // A source that died has not drained its part of the kernel: the run did not end in order, whatever the pump says.
    const drained = this.#running.every(({ sources }) => sources.sources === 0 || sources.final);
    const final = u32[(start + FLUSH.final) >>> 2] === 1 && drained;
    const bootNs = u64(u32, (start + FLUSH.boot_ns) >>> 2);
    if (bootNs >= MAX_BOOT_NS) return false;
    const deltas = u32[(start + FLUSH.deltas) >>> 2] === 1;
    for (const { stage } of this.#running) stage.flush(deltas, final);
    this.#unfinished = this.#running.flatMap(({ stage }) => (stage.proceed === undefined ? [] : [stage]));
    // Nothing follows that the rest could be told with.
    while (final && this.#unfinished.length > 0) this.#proceed();
    const decision = {
      final,
      end: this.#clock.utcUs(bootNs),
      hooks: this.#hooks.close(this.#clock),
      assets: this.#assets.records,
    };
    for (const { slot, client } of this.#slots) {
      this.#ledgers.close(slot, client, this.#totals(slot), decision);
    }
    return true;
  }

  /** A slice of what the last flush began, of each stage. */
  #proceed(): void {
    this.#unfinished = this.#unfinished.filter((stage) => stage.proceed!());
  }

  get #nowUs(): number {
    return this.#clock.utcUs(this.#clock.nowNs);
  }

  #totals(slot: number): RowTotals[] {
    const ports = this.#slots.ports(slot);
    return this.#running.map(({ enabled, sources, row }) => rowTotals(enabled.feature, sources, row, ports));
  }

  #leave(): void {
    this.#slots.empty((slot) => {
      this.#ledgers.leave(slot);
      this.#options.watch?.leave(slot);
      for (const { stage } of this.#running) stage.detach(slot);
    });
  }
}
