import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FrameSource } from '../frames/frame-source.js';
import {
  type NativePackets,
  type NativeRingProgress,
  type NativeSource,
  native,
  type RingFeature,
} from '../native/index.js';
import type { Feature } from '../pipeline/feature.js';
import type { PacketsSource, SourceSpec } from '../pipeline/live-feature.js';
import type { FactSource, JoinRule } from '../pump/pump.js';
import type { ReaderTask } from './reader-pool.js';
import type { NativeReaderTask } from './reader-worker.js';
import type { SharedDemand } from './record-demand.js';
import { RingConsumer } from './ring-consumer.js';
import { createRing } from './ring-layout.js';
import type { SourceTask } from './source-loop.js';

const SOURCE_WORKER = fileURLToPath(new URL('./source-worker.js', import.meta.url));

/** A feature that runs, and where its frames come from. */
export interface SourcedFeature {
  readonly feature: Pick<Feature, 'name' | 'id' | 'after' | 'kinds'>;
  readonly options: unknown;
  readonly sources: readonly SourceSpec[];
}

export interface ReadersOptions {
  /** Readers of connections. */
  readonly readers: number;
  readonly cpus: number;
  /** eventfd that wakes every reader. */
  readonly stop: number;
  /** Bytes of each shared ring. */
  readonly ringSize: number;
  readonly pendingMs: number;
  readonly intervalMs: number;
  /** Descriptors of all maps and programs, for sources in TypeScript. */
  readonly own?: readonly number[] | undefined;
  /** Which records somebody takes, for the same. */
  readonly demand?: SharedDemand | undefined;
  /** Module of a reader in the place of our own, by what it reads; for tests. */
  readonly worker?: { readonly [what in 'connections' | 'rings']?: string } | undefined;
}

/** By what readers and the pump agree on order: eventfds, which are opened and closed, and how far the reader of a BPF ring has come. */
export interface OrderParts {
  open(): number;
  close(fd: number): void;
  progress(map: number): NativeRingProgress;
}

const ORDER_PARTS: OrderParts = {
  open: () => native().eventfd(),
  close: closeSync,
  progress(map) {
    const { RingProgress } = native();
    return new RingProgress(map);
  },
};

/**
 * Who reads what, each into a shared ring of its own: connections, which are told apart by CPU; every BPF ring of events, since a payload must
 * not cost a fact its room; the packet sockets of a feature; every source in TypeScript. The number of a reader is its place. Where records take
 * joins, readers of connections ask the readers of those facts for marks, and the pump looks at the rings of facts itself. The first reader tells
 * the clock.
 */
export class Readers {
  readonly tasks: readonly ReaderTask[];
  /** What the pump takes from, by reader. */
  readonly sources: readonly FrameSource[];
  /** Who waits for whom; undefined: nobody, no record takes joins. */
  readonly joins: JoinRule | undefined;
  readonly #parts: OrderParts;
  readonly #kicks: number[] = [];
  readonly #progress: NativeRingProgress[] = [];

  constructor(features: readonly SourcedFeature[], options: ReadersOptions, parts: OrderParts = ORDER_PARTS) {
    this.#parts = parts;
    const joined = new Set(features.flatMap(({ feature }) => feature.after));
    const isJoined = ({ feature }: SourcedFeature): boolean => joined.has(feature.name);
    const rings = ringsOf(features);
    const kickOf = new Map<number, number>();
    for (const [map, hosted] of rings) if (hosted.some(isJoined)) kickOf.set(map, this.#open());
    const packetKick = features.some((each) => isJoined(each) && hasPackets(each)) ? this.#open() : -1;

    const tasks: ReaderTask[] = [];
    const add = <T extends ReaderTask>(task: Omit<T, 'ring' | 'source'>): void => {
      tasks.push({ ...task, ring: createRing(options.ringSize), source: tasks.length } as ReaderTask);
    };
    const { stop, intervalMs, worker } = options;
    for (const source of connectionsOf(features, options)) {
      add<NativeReaderTask>({
        worker: worker?.connections,
        stop,
        intervalMs,
        sources: [source],
        kicks: [...this.#kicks],
      });
    }
    const facts: { reader: number; told?: FactSource['told'] }[] = [];
    for (const [map, hosted] of rings) {
      const kicked = kickOf.get(map) ?? -1;
      // Another module in the place of ours may keep what it has taken from the ring.
      if (kicked >= 0) facts.push({ reader: tasks.length, told: worker?.rings ? undefined : this.#toldOf(map) });
      const sources: NativeSource[] = [{ type: 'ring', map, features: hosted.map((each) => shareOf(each, map)) }];
      const clock = tasks.length === 0;
      add<NativeReaderTask>({ worker: worker?.rings, stop, intervalMs, sources, kicked, clock });
    }
    for (const each of features) {
      for (const [place, source] of accounting(each.sources).entries()) {
        if (source.type !== 'packets') continue;
        const kicked = isJoined(each) ? packetKick : -1;
        if (kicked >= 0) facts.push({ reader: tasks.length });
        const clock = tasks.length === 0;
        add<NativeReaderTask>({ stop, intervalMs, sources: [packetsOf(each, source, place)], kicked, clock });
      }
    }
    // Without the clock there is no interval, and no time of anything.
    if (tasks.length === 0) add<NativeReaderTask>({ stop, intervalMs, sources: [], clock: true });
    for (const { feature, options: given, sources } of features) {
      for (const [place, source] of accounting(sources).entries()) {
        if (source.type !== 'worker') continue;
        const { module, everyMs, handles } = source;
        const { own, demand } = options;
        add<SourceTask>({
          worker: SOURCE_WORKER,
          module,
          everyMs,
          feature: feature.id,
          share: { source: place, sources: accounting(sources).length },
          options: given,
          handles,
          own,
          demand,
        });
      }
    }
    this.tasks = tasks;
    this.sources = tasks.map(({ ring }) => new RingConsumer(ring));
    const waiting = features.filter(({ feature }) =>
      features.some((other) => feature.after.includes(other.feature.name)),
    );
    if (facts.length > 0) {
      this.joins = {
        kinds: new Set(
          waiting.flatMap(({ feature }) => feature.kinds.filter(({ joined = true }) => joined).map(({ kind }) => kind)),
        ),
        factSources: facts.map(({ reader, told }) => ({ frames: this.sources[reader]!, told })),
      };
    }
  }

  /** Once no reader runs any more. */
  close(): void {
    for (const fd of this.#kicks.splice(0)) this.#parts.close(fd);
    for (const progress of this.#progress.splice(0)) progress.close();
  }

  #open(): number {
    const fd = this.#parts.open();
    this.#kicks.push(fd);
    return fd;
  }

  #toldOf(map: number): FactSource['told'] {
    const progress = this.#parts.progress(map);
    this.#progress.push(progress);
    return () => progress.told();
  }
}

/** The BPF rings, by map, with who writes into each; those of facts first. */
function ringsOf(features: readonly SourcedFeature[]): Map<number, SourcedFeature[]> {
  const rings = new Map<number, SourcedFeature[]>();
  for (const name of ['facts', 'payloads'] as const) {
    for (const each of features) {
      for (const source of each.sources) {
        if (source.type !== 'ring' || source.ring !== name) continue;
        rings.set(source.map, [...(rings.get(source.map) ?? []), each]);
      }
    }
  }
  return rings;
}

/** A feature's part in one ring. Its programs count for all rings together, so that the first one accounts for that. */
function shareOf({ feature, sources }: SourcedFeature, map: number): RingFeature {
  const rings = sources.filter((source) => source.type === 'ring');
  const source = rings.findIndex((ring) => ring.map === map);
  const { counters, unitless } = rings[source]!;
  const first = rings.findIndex((ring) => ring.counters === counters) === source;
  const share = { id: feature.id, counters: first ? counters : -1, source, sources: accounting(sources).length };
  return unitless === undefined ? share : { ...share, unitless };
}

/** Sources that each account for a part of one feature's row: its rings, its packets, then those in TypeScript. */
function accounting(sources: readonly SourceSpec[]): SourceSpec[] {
  return (['ring', 'packets', 'worker'] as const).flatMap((each) => sources.filter(({ type }) => type === each));
}

const hasPackets = ({ sources }: SourcedFeature): boolean => sources.some(({ type }) => type === 'packets');

function packetsOf(
  { feature, sources }: SourcedFeature,
  { sockets, ports }: PacketsSource,
  source: number,
): NativePackets {
  return { type: 'packets', sockets, ports, feature: feature.id, source, sources: accounting(sources).length };
}

function connectionsOf(features: readonly SourcedFeature[], options: ReadersOptions): NativeSource[] {
  const source = features.flatMap(({ sources }) => sources).find(({ type }) => type === 'connections');
  if (source?.type !== 'connections') return [];
  const { readers, cpus, pendingMs } = options;
  const { handles, transport, kernelBuffer } = source;
  return Array.from({ length: readers }, (_, reader) => ({
    type: 'connections',
    handles,
    transport,
    kernelBuffer,
    reader,
    readers,
    cpus,
    pendingMs,
  }));
}
