import type { Observable } from 'rxjs';
import type { ClientOutput } from '../connections/client-output.js';
import { ConntrailError } from '../errors.js';
import { MAX_BOOT_NS } from '../frames/bounds.js';
import type { FrameView } from '../frames/frame-view.js';
import { CLOCK, CORE_KIND, FLUSH } from '../frames/layout.gen.js';
import { SourceGaps } from '../frames/source-gaps.js';
import { u64 } from '../frames/words.js';
import { LedgerAccount, type LedgerTotals, nothing } from '../ledger/ledger-account.js';
import { type ReaderSums, readerSums } from '../ledger/reader-sums.js';
import { Row } from '../ledger/row.js';
import { accountedFeature, SourceAccounts } from '../ledger/source-accounts.js';
import type { Client } from './client.js';
import { ClientSlots } from './client-slots.js';
import type { EnabledFeature } from './feature.js';
import { Inputs } from './inputs.js';
import { Proofs } from './proofs.js';
import type { Stage } from './stage.js';
import { StreamClock } from './stream-clock.js';

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
}

/** Counters since the start. */
export interface PipelineStatistics {
  /** Frames: of a payload that cannot be, skipped in the numbers of their sources, and of a kind that nobody takes. */
  router: { invalid: number; missing: number; skipped: number };
  readers: ReaderSums;
  /** By feature: its ledger row, and what its stage counts beside. */
  features: Readonly<Record<string, FeatureStatistics>>;
  clients: { name: string; written: number; dropped: number; backlog: number }[];
}

export interface FeatureStatistics {
  enqueued: number;
  filtered: number;
  selfTest: number;
  merged: number;
  resident: number;
  unordered: number;
  /** By cause. */
  discarded: Readonly<Record<string, number>>;
  stage: Readonly<Record<string, unknown>>;
}

/** A feature at work. */
interface Running {
  enabled: EnabledFeature;
  row: Row;
  /** What its sources told of themselves. */
  sources: SourceAccounts;
  stage: Stage;
}

const MAX_CPUS = 8192;
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
  readonly #gaps = new SourceGaps();
  readonly #clock = new StreamClock();
  readonly #accounts = new Map<number, LedgerAccount>();
  #invalid = 0;
  #skipped = 0;
  #failure: ConntrailError | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const encoder = new TextEncoder();
    const { host, bootId, run = 0 } = options;
    const identity = { host: encoder.encode(host), bootId: encoder.encode(bootId), run };
    const shared = {
      clock: this.#clock,
      proofs: this.#proofs,
      gaps: this.#gaps,
      cpus: options.cpus ?? MAX_CPUS,
      identity,
    };
    const running: Running[] = [];
    for (const enabled of options.features) {
      const { feature } = enabled;
      const row = new Row(feature.discards.length);
      const joins = running.flatMap(({ stage }) => stage.joins);
      const stage = feature.stage({ ...shared, row, joins }, enabled.options);
      for (const [kind, observer] of stage.inputs) this.#inputs.add(feature.kinds, row, kind, observer);
      running.push({ enabled, row, sources: new SourceAccounts(), stage });
    }
    this.#running = running;
    for (const client of options.clients ?? []) this.addClient(client);
  }

  /** Hook groups that the self-test proved live, each once. Completes with the pipeline. */
  get proofs$(): Observable<number> {
    return this.#proofs.proofs$;
  }

  /** Whether every client can take deltas of open connections now: the pump asks before it writes a FLUSH frame. */
  get creditOpen(): boolean {
    const limit = this.#options.credit ?? CREDIT_BYTES;
    for (const [, { writer }] of this.#slots) if (writer.backlog > limit) return false;
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
    if (!input) {
      this.#core(frame);
      return;
    }
    input.row.enqueued += frame.fresh;
    if (frame.length < input.least || frame.length > input.most || frame.fresh > input.units) {
      input.row.invalidFrames++;
      input.row.discard(0, frame.fresh);
      return;
    }
    try {
      input.observer.next(frame);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Tells every client to hand on what it has buffered: the source of frames ran dry. Changes no record. */
  drained(): void {
    if (this.#slots.areLeaving) this.#leave();
    for (const [, { writer }] of this.#slots) writer.push();
  }

  /**
   * Adds a client that was told nothing yet: its first record of a connection carries all of it. Its ledger begins now.
   * @returns removes it, before the next frame
   * @throws ConntrailError CONNTRAIL_OPTION when there are eight clients already
   */
  addClient(client: Client): () => void {
    const slot = this.#slots.add(client);
    for (const { stage } of this.#running) stage.attach(slot, client);
    if (this.#clock.known) this.#open(slot, this.#totals(slot));
    return () => this.#slots.leave(slot, client);
  }

  get statistics(): PipelineStatistics {
    const invalid = this.#running.reduce((sum, { row }) => sum + row.invalidFrames, this.#invalid);
    return {
      router: { invalid, missing: this.#gaps.missing, skipped: this.#skipped },
      readers: this.#readers(),
      features: Object.fromEntries(this.#running.map((each) => [each.enabled.feature.name, statisticsOf(each)])),
      clients: [...this.#slots].map(([slot, client]) => {
        const { units = 0, unencodableUnits = 0 } = this.#output(slot)?.port ?? {};
        return { name: client.name, written: units, dropped: unencodableUnits, backlog: client.writer.backlog };
      }),
    };
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
      default:
        this.#skipped++;
    }
  }

  #account(frame: FrameView): void {
    const id = accountedFeature(frame);
    const running = this.#running.find(({ enabled }) => enabled.feature.id === id);
    if (id < 0) this.#invalid++;
    else if (running === undefined) this.#skipped++;
    else if (!running.sources.accept(frame)) running.row.invalidFrames++;
    else running.stage.readUntil?.(running.sources.readNs);
  }

  #readers(): ReaderSums {
    return readerSums(this.#running[0]?.sources ?? new SourceAccounts());
  }

  #moveClock(frame: FrameView): boolean {
    const first = !this.#clock.known;
    if (!this.#clock.take(frame)) return false;
    for (const { stage } of this.#running) stage.clock();
    if (first) for (const [slot] of this.#slots) this.#open(slot, nothing(this.#readers()));
    return true;
  }

  #flush({ u32, start }: FrameView): boolean {
    // A reader that died has not drained its CPUs: the run did not end in order, whatever the pump says.
    const drained = this.#running.every(({ sources }) => sources.sources === 0 || sources.final);
    const final = u32[(start + FLUSH.final) >>> 2] === 1 && drained;
    const bootNs = u64(u32, (start + FLUSH.boot_ns) >>> 2);
    if (bootNs >= MAX_BOOT_NS) return false;
    const end = this.#clock.utcUs(bootNs);
    const { host, bootId, run = 0 } = this.#options;
    for (const [slot, { writer }] of this.#slots) {
      const totals = this.#totals(slot);
      const account = this.#accounts.get(slot) ?? this.#open(slot, nothing(totals.readers));
      writer.ledger(account.close(totals, { host, bootId, run, final, end }));
    }
    const deltas = u32[(start + FLUSH.deltas) >>> 2] === 1;
    for (const { stage } of this.#running) stage.flush(deltas);
    return true;
  }

  #open(slot: number, totals: LedgerTotals): LedgerAccount {
    const account = new LedgerAccount(this.#clock.utcUs(this.#clock.nowNs), totals);
    this.#accounts.set(slot, account);
    return account;
  }

  #totals(slot: number): LedgerTotals {
    const { enqueued, filtered, selfTest, discarded } = this.#running[0]?.row ?? new Row(0);
    const { units = 0, unencodableUnits = 0, unaskedUnits = 0, seq = 0 } = this.#output(slot)?.port ?? {};
    return {
      readers: this.#readers(),
      // An output that was not asked for connections leaves them out on purpose, too.
      pipeline: {
        enqueued,
        filtered: filtered + unaskedUnits,
        selfTest,
        discarded: discarded.reduce((sum, units) => sum + units, 0),
      },
      sink: { written: units, dropped: unencodableUnits, seq },
    };
  }

  #output(slot: number): ClientOutput | undefined {
    const stage = this.#running[0]?.stage as { output?(slot: number): ClientOutput | undefined } | undefined;
    return stage?.output?.(slot);
  }

  #leave(): void {
    this.#slots.empty((slot) => {
      this.#accounts.delete(slot);
      for (const { stage } of this.#running) stage.detach(slot);
    });
  }

  #fail(cause: unknown): never {
    const sentence = 'The pipeline failed on a frame; report this with a recording.';
    this.#failure = new ConntrailError('CONNTRAIL_PIPELINE', sentence, { cause });
    throw this.#failure;
  }
}

function statisticsOf({ enabled: { feature }, row, stage }: Running): FeatureStatistics {
  const { enqueued, filtered, selfTest, merged, resident, unordered } = row;
  const discarded = Object.fromEntries(feature.discards.map((cause, i) => [cause, row.discarded[i]!]));
  return { enqueued, filtered, selfTest, merged, resident, unordered, discarded, stage: stage.statistics };
}
