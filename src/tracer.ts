/**
 * Assembles the live path: kernel programs, reader workers, rings, pump, pipeline.
 * @module
 */
import { type Observable, Subject } from 'rxjs';
import { CONNECTIONS } from './connections/feature.js';
import { ConntrailError } from './errors.js';
import { featuresToTrace } from './feature-options.js';
import { type Asset, assetsPayloads } from './frames/asset.js';
import { CORE_KIND } from './frames/layout.gen.js';
import { addon } from './kernel/addon.js';
import { Canaries, type HookGroupChange } from './kernel/canaries.js';
import { GroupProofs } from './kernel/group-proofs.js';
import { type HookGroup, isTested } from './kernel/hook-groups.js';
import { hooksPayload } from './kernel/hooks-payload.js';
import { bootId, hostName } from './kernel/host.js';
import { type LoadedFeature, type LoadedFeatures, loadFeatures, type RefusedFeature } from './kernel/load-features.js';
import { asLimitError } from './kernel/process-limits.js';
import { reattach } from './kernel/reattach.js';
import { coversAll, selfTestPayload } from './kernel/self-test.js';
import type { Feature } from './pipeline/feature.js';
import type { ConnectionsSource } from './pipeline/live-feature.js';
import { Pipeline, type PipelineStatistics } from './pipeline/pipeline.js';
import { Pump } from './pump/pump.js';
import type { RecordObjects } from './record-objects.gen.js';
import { type RecordName, subscribedType } from './subscribed-type.js';
import { RecordQueue } from './subscribers/record-queue.js';
import { recordStream } from './subscribers/record-stream.js';
import { type TeardownStep, tearDown } from './teardown.js';
import {
  featureOptions,
  type ResolvedTracerOptions,
  resolveTracerOptions,
  type TracerOptions,
} from './tracer-options.js';
import { atExit } from './workers/at-exit.js';
import { ReaderPool } from './workers/reader-pool.js';
import { Readers, type ReadersOptions } from './workers/readers.js';
import { RecordDemand } from './workers/record-demand.js';

/** Most readers by default: each costs a thread and 9 MB, and four keep up with any host measured. */
const DEFAULT_READERS = 4;

/** What no more than begins something, or ends it, may take, ms. */
const STEP_MS = 5_000;
/** Readers drain for at most 30 s by themselves (kMostDrainMs of src/native/src/reader_loop.h). */
const READERS_MS = 35_000;
/** As long as what is in the rings moves on; a recorder that takes nothing is left after 10 s. */
const RINGS_MS = 30_000;

/** Counters since the start, and what is live. */
export interface TracerStatistics extends PipelineStatistics {
  /** Frames pumped. */
  frames: number;
  /** How closed connections leave the kernel; null: connections are off. */
  transport: 'ring' | 'perf' | null;
  /** Reader workers of connections; 0 when they are off. */
  readerCount: number;
  groups: readonly HookGroup[];
  /** Records that slow `connections()` and `records()` loops did not take. */
  subscriberDropped: number;
}

/**
 * A running tracer. Stop it with `stop`, by leaving an `await using` block, or with the AbortSignal it was given; the process then exits
 * by itself.
 */
export class Tracer implements AsyncDisposable {
  readonly #options: ResolvedTracerOptions;
  readonly #hooks: LoadedFeatures;
  /** null: connections are off. */
  readonly #connections: LoadedFeature | null;
  readonly #pipeline: Pipeline;
  readonly #pump: Pump;
  readonly #pool: ReaderPool;
  readonly #groups: readonly HookGroup[];
  readonly #proofs: GroupProofs;
  /** null: none are sent. */
  readonly #canaries: Canaries | null;
  readonly #changes = new Subject<HookGroupChange>();
  readonly #readers: number;
  readonly #sources: Readers;
  readonly #queues = new Set<RecordQueue<unknown>>();
  readonly #onAbort = (): void => void this.stop();
  #droppedByClosedQueues = 0;
  #failure: ConntrailError | undefined;
  #stopping: Promise<void> | undefined;
  readonly #leaveExit: () => void;
  #settle!: { resolve: () => void; reject: (error: ConntrailError) => void };

  /**
   * Resolves when the tracer has stopped and everything is gone from the kernel. Always settles.
   * Rejects with what ended it: CONNTRAIL_READER, CONNTRAIL_RING_CORRUPT, CONNTRAIL_PIPELINE; or else with what went wrong with the
   * stop, all of whose parts were tried: CONNTRAIL_TEARDOWN, CONNTRAIL_BEHIND (the recorder stayed busy and was left).
   */
  readonly closed: Promise<void>;

  /** Resolves with the hook groups once each attached one is proven, or its time is over. Never rejects. */
  readonly ready: Promise<readonly HookGroup[]>;

  /** @internal use openTracer */
  constructor(options: ResolvedTracerOptions, hooks: LoadedFeatures, worker: ReadersOptions['worker']) {
    this.#options = options;
    this.#hooks = hooks;
    const { native } = hooks;
    this.#connections = hooks.features.find(({ feature }) => feature.name === CONNECTIONS.name) ?? null;
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever does not ask is not told; an unhandled rejection would end the process.
    this.closed.catch(() => {});
    this.#readers = this.#readersOf(native.cpus);
    const demand = new RecordDemand(hooks.wanted.flatMap(({ feature }) => feature.records.map(({ name }) => name)));
    if (options.recorder !== undefined) demand.takeAll();
    this.#pipeline = new Pipeline({
      host: options.host ?? hostName(),
      bootId: bootId(),
      run: options.run ?? Number(addon().bootNs() / 1000n),
      clients: options.clients,
      // Those that are refused too: what a recording says was on has a row, live as replayed.
      features: hooks.wanted,
      cpus: native.cpus,
      watch: demand,
    });
    const readers = new Readers(hooks.features, {
      readers: this.#readers,
      cpus: native.cpus,
      stop: native.stop,
      ringSize: options.ringSize,
      pendingMs: options.pendingMs,
      intervalMs: options.intervalMs,
      own: native.descriptors(),
      demand: demand.shared,
      worker,
    });
    this.#sources = readers;
    this.#pump = new Pump({
      sources: readers.sources,
      joins: readers.joins,
      pipeline: this.#pipeline,
      intervalMs: options.intervalMs,
      recorder: options.recorder,
      recorderBusy: options.recorderBusy,
      failed: (error) => this.#fail(asFailure(error)),
      recorderLeft: (error) => this.#note(error),
    });
    this.#groups = hooks.groups;
    this.#proofs = new GroupProofs(this.#groups, options.proofTimeoutMs, () => native.closeSelfTest());
    this.ready = this.#proofs.done;
    this.#canaries = options.canaryMs === null ? null : this.#canariesEvery(options.canaryMs);
    this.#pipeline.proofs$.subscribe((event) => {
      this.#proofs.take(event);
      this.#canaries?.take(event);
    });

    this.#pool = new ReaderPool(readers.tasks, (error) => this.#fail(error));
    // A thread in a native wait does not see that the process exits, which would wait for it without end.
    this.#leaveExit = atExit(() => this.#pool.abandon(() => native.wakeReaders()));
    this.#pump.start();
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Lets the hooks run, once there is somebody to take what they emit, and opens the self-test's connections.
   * @internal use openTracer
   */
  async begin(): Promise<void> {
    await this.#pool.started();
    // A reader that could not start has stopped everything, and is the error here.
    if (this.#stopping) return this.#stopping;
    for (const assets of assetsPayloads(this.#hooks.assets)) this.#pump.inject(CORE_KIND.assets, assets);
    this.#pump.inject(CORE_KIND.hooks, hooksPayload(this.groups));
    this.#hooks.enable();
    if (this.groups.some((group) => group.attached && isTested(group))) {
      // In the same turn as the pump's next step at the earliest: the pipeline knows the sockets before a record of theirs can come.
      this.#exchange(0);
    }
    if (this.#stopping) return this.#stopping;
    this.#proofs.start();
    void this.ready.then(() => {
      if (!this.#stopping) this.#canaries?.start();
    });
  }

  /**
   * Opens the conversations of the self-test, or of a canary, and tells the stream which sockets they have. Returns whether there are some for each
   * group that is to be proven.
   */
  #exchange(round: number): boolean {
    const openedNs = addon().bootNs();
    const { native, selfTestPort } = this.#hooks;
    const sockets = native.openSelfTest(round > 0, selfTestPort);
    this.#pump.inject(CORE_KIND.selftest, selfTestPayload({ round, openedNs, sockets }, this.groups));
    return coversAll(sockets, this.groups);
  }

  #canariesEvery(everyMs: number): Canaries {
    const { native, features } = this.#hooks;
    return new Canaries(this.#groups, everyMs, {
      open: (round) => this.#exchange(round),
      close: () => native.closeSelfTest(),
      bootNs: () => Number(addon().bootNs()),
      reattach: (silent) =>
        features
          .map((each) => [each, silent.filter((group) => each.groups.includes(group))] as const)
          .filter(([, own]) => own.length > 0)
          .map(([each, own]) => reattach(native, each, own, this.#options.cgroup))
          .filter((why) => why !== '')
          .join('; '),
      changed: (changes) => this.#tell(changes),
    });
  }

  /** Into the stream, so that ledger and replay know it; and to whoever asked. */
  #tell(changes: readonly HookGroupChange[]): void {
    this.#pump.inject(CORE_KIND.hooks, hooksPayload(this.groups));
    const { logger } = this.#options;
    for (const change of changes) {
      const { group, state, sentence } = change;
      const fields = { feature: group.feature, group: group.name, state };
      try {
        if (state === 'silent') logger?.warn(fields, sentence);
        else logger?.info(fields, sentence);
      } catch {
        // The logger is the user's; tracing does not depend on it.
      }
      this.#changes.next(change);
    }
  }

  /** Where the connections come from; null: they are off. */
  get #source(): ConnectionsSource | null {
    return this.#connections?.sources.find((source) => source.type === 'connections') ?? null;
  }

  #readersOf(cpus: number): number {
    if (this.transport === null) return 0;
    return this.transport === 'ring' ? 1 : (this.#options.readers ?? Math.min(DEFAULT_READERS, cpus));
  }

  /** The hook groups: what is attached, what is proven, and why not. */
  get assets(): readonly Asset[] {
    return this.#hooks.assets;
  }

  get groups(): readonly HookGroup[] {
    return this.#groups;
  }

  /**
   * Hook groups that go silent, and those that are live again: what canaries find (`canaryMs`). `groups` says the same as of now. Completes when
   * the tracer stops.
   */
  get groupChanges$(): Observable<HookGroupChange> {
    return this.#changes.asObservable();
  }

  /** Features that do not run here, and why; the others do. */
  get refused(): readonly RefusedFeature[] {
    return this.#hooks.refused;
  }

  /** How closed connections leave the kernel; null: connections are off. */
  get transport(): 'ring' | 'perf' | null {
    return this.#source?.transport ?? null;
  }

  /** Why not by the ring buffer; empty when they do, perf was asked for, or connections are off. */
  get transportReason(): string {
    return this.#connections?.settingsReason ?? '';
  }

  /**
   * Connections as objects, in batches. Each subscription is told everything anew: its first record of a connection carries all of it.
   * Completes when the tracer stops; errors with what ended it.
   * @throws ConntrailError CONNTRAIL_OPTION when connections are off
   */
  get connections$(): Observable<readonly RecordObjects['connection'][]> {
    return this.records$('connection');
  }

  /**
   * Connections as objects, one by one. When the loop is slower than the host, at most `queueSize` wait; more are dropped and counted in
   * `statistics.subscriberDropped`.
   * @throws ConntrailError CONNTRAIL_OPTION when connections are off
   */
  connections(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<RecordObjects['connection'], undefined> {
    return this.records('connection', options);
  }

  /**
   * The same of records of any type, such as `oom_kill`, whose feature is on. Of one that the kernel refuses none come: `refused` says so.
   * @throws ConntrailError CONNTRAIL_OPTION when there is no such type, or its feature is off
   */
  records$<N extends RecordName>(name: N): Observable<readonly RecordObjects[N][]> {
    const { type, feature } = subscribedType(name);
    if (!this.#hooks.wanted.some((each) => each.feature.name === feature.name)) {
      const sentence = `There will be no records ${name}: turn the feature on with features: { ${feature.name}: true }.`;
      throw new ConntrailError('CONNTRAIL_OPTION', sentence);
    }
    return recordStream(type, (client) => this.#pipeline.addClient(client), this.closed);
  }

  /**
   * The same one by one, as connections are.
   * @throws ConntrailError CONNTRAIL_OPTION when there is no such type, or its feature is off
   */
  records<N extends RecordName>(
    name: N,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncIterableIterator<RecordObjects[N], undefined> {
    const queue = new RecordQueue(this.records$(name), this.#options.queueSize, signal, (ended) => {
      this.#queues.delete(ended as RecordQueue<unknown>);
      this.#droppedByClosedQueues += ended.dropped;
    });
    if (!queue.ended) this.#queues.add(queue as RecordQueue<unknown>);
    return queue;
  }

  get statistics(): TracerStatistics {
    let subscriberDropped = this.#droppedByClosedQueues;
    for (const queue of this.#queues) subscriberDropped += queue.dropped;
    return {
      ...this.#pipeline.statistics,
      frames: this.#pump.frames,
      transport: this.transport,
      readerCount: this.#readers,
      groups: this.groups,
      subscriberDropped,
    };
  }

  /**
   * Stops in order: hooks off, kernel and rings drained, final ledger written to every client, threads ended, kernel objects gone. May be
   * called again; all calls resolve together. Rejects with what had ended the tracer before.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await tearDown(this.#steps(), (error) => this.#note(error));
    this.#changes.complete();
    if (this.#failure) {
      this.#settle.reject(this.#failure);
      throw this.#failure;
    }
    this.#settle.resolve();
  }

  /** The whole end, in order. Programs leave the kernel even when everything else fails. */
  #steps(): TeardownStep[] {
    const { native } = this.#hooks;
    const wake = (): void => native.wakeReaders();
    let readersEnded = false;
    const step = (name: string, run: TeardownStep['run'], deadlineMs = STEP_MS, late?: () => void): TeardownStep => ({
      name,
      run,
      deadlineMs,
      late,
    });
    return [
      step('let go of its signal', () => this.#options.signal?.removeEventListener('abort', this.#onAbort)),
      step('end the self-test', () => {
        this.#proofs.end();
        this.#canaries?.end();
      }),
      step('detach the hooks', () => this.#hooks.disable()),
      step(
        'drain the readers',
        async () => {
          this.#pump.ending();
          // Nobody empties their rings.
          if (this.#pump.failed) this.#pool.abandon(wake);
          await this.#pool.stop(wake);
          readersEnded = true;
        },
        READERS_MS,
        () => this.#pool.abandon(wake),
      ),
      step(
        'drain the rings',
        () => this.#pump.stop(),
        RINGS_MS,
        () => this.#pump.abandon(),
      ),
      step('end the pipeline', () => this.#pipeline.close()),
      step('let go of the process', () => this.#leaveExit()),
      // A reader that does not end still uses its descriptors, whose numbers must not become another's; nothing is attached any more.
      step('free the kernel objects', () => {
        if (!readersEnded) return;
        this.#sources.close();
        native.close();
      }),
    ];
  }

  #fail(error: ConntrailError): void {
    this.#note(error);
    this.stop().catch(() => {});
  }

  /** Keeps the first thing that went wrong, and logs it. The logger is the user's. */
  #note(error: ConntrailError): void {
    this.#failure ??= error;
    try {
      this.#options.logger?.error({ err: error }, error.message);
    } catch {
      // An end does not depend on whether it can be logged.
    }
  }
}

/**
 * Opens a tracer: loads and attaches the programs, starts the readers. Tracing runs when this resolves; `ready` tells when every hook
 * group has proven itself.
 * @throws ConntrailError CONNTRAIL_OPTION, CONNTRAIL_PLATFORM (not Linux), CONNTRAIL_ADDON_MISSING (not built), CONNTRAIL_ADDON_DAMAGED (not what was built),
 *   CONNTRAIL_PRIVILEGE, CONNTRAIL_LIMIT, CONNTRAIL_NO_BTF, CONNTRAIL_KERNEL (no TCP hook, or where
 *   connections are off, nothing, could be attached; the message says why), CONNTRAIL_READER, CONNTRAIL_ABORTED
 */
export async function openTracer(options: TracerOptions = {}): Promise<Tracer> {
  return openTracerWith(options, {});
}

/**
 * What tests have in the place of our own.
 * @internal
 */
export interface TracerInternals {
  /** Modules of readers, by what they read. */
  readonly worker?: ReadersOptions['worker'];
  /** All features there are. */
  readonly features?: readonly Feature[];
  /** Folder of BPF objects, with sums of its own: what it holds is checked as ours is. */
  readonly objects?: string;
}

/**
 * The same, of parts that may be others.
 * @internal for tests; not part of the package's interface
 */
export async function openTracerWith(options: TracerOptions, internals: TracerInternals): Promise<Tracer> {
  const { worker, features: all, objects } = internals;
  const resolved = resolveTracerOptions(options);
  if (resolved.signal?.aborted) {
    throw new ConntrailError(
      'CONNTRAIL_ABORTED',
      'The signal was aborted before the tracer was opened; pass a new one.',
    );
  }
  const features = featuresToTrace(featureOptions(resolved), all).map(async ({ feature, options }) => ({
    feature,
    options,
    prepared: await feature.prepare?.(options, false),
    live: await feature.live(),
    essential: feature.name === CONNECTIONS.name,
  }));
  const hooks = loadFeatures(await Promise.all(features), { cgroup: resolved.cgroup, objects });
  let tracer: Tracer;
  try {
    tracer = new Tracer(resolved, hooks, worker);
  } catch (error) {
    hooks.close();
    throw asLimitError(error) ?? error;
  }
  try {
    await tracer.begin();
  } catch (error) {
    // Nobody else has it to stop it: its threads would keep the process.
    await tracer.stop().catch(() => {});
    throw error;
  }
  return tracer;
}

function asFailure(error: unknown): ConntrailError {
  if (error instanceof ConntrailError) return error;
  return new ConntrailError('CONNTRAIL_PIPELINE', 'A frame could not be taken; report this with a recording.', {
    cause: error,
  });
}
