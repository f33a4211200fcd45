import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FrameSource } from '../frames/frame-source.js';
import { type NativeSource, native, type RingFeature } from '../native/index.js';
import type { SourceSpec } from '../pipeline/live-feature.js';
import type { JoinRule } from '../pump/pump.js';
import type { ReaderTask } from './reader-pool.js';
import type { NativeReaderTask } from './reader-worker.js';
import { RingConsumer } from './ring-consumer.js';
import { createRing } from './ring-layout.js';
import type { SourceTask } from './source-loop.js';

const SOURCE_WORKER = fileURLToPath(new URL('./source-worker.js', import.meta.url));

/** A feature that runs, and where its frames come from. */
export interface SourcedFeature {
  readonly feature: { readonly name: string; readonly id: number; readonly after: readonly string[] };
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
  /** Module of a reader in the place of our own, by what it reads; for tests. */
  readonly worker?: { readonly [what in 'connections' | 'rings']?: string } | undefined;
}

/** Opens an eventfd, closes it. */
export interface EventFds {
  open(): number;
  close(fd: number): void;
}

const EVENT_FDS: EventFds = { open: () => native().eventfd(), close: closeSync };

/**
 * Who reads what, each into a shared ring of its own: connections, which are told apart by CPU; every BPF ring of events, since a payload must
 * not cost a fact its room; every source in TypeScript. The number of a reader is its place. Where records take joins, readers of
 * connections ask the readers of those facts for marks. The first reader tells the clock.
 */
export class Readers {
  readonly tasks: readonly ReaderTask[];
  /** What the pump takes from, by reader. */
  readonly sources: readonly FrameSource[];
  /** Who waits for whom; undefined: nobody, no record takes joins. */
  readonly joins: JoinRule | undefined;
  readonly #eventFds: EventFds;
  readonly #kicks: number[] = [];

  constructor(features: readonly SourcedFeature[], options: ReadersOptions, eventFds: EventFds = EVENT_FDS) {
    this.#eventFds = eventFds;
    const joined = new Set(features.flatMap(({ feature }) => feature.after));
    const isJoined = ({ feature }: SourcedFeature): boolean => joined.has(feature.name);
    const rings = ringsOf(features);
    const kickOf = new Map<number, number>();
    for (const [map, hosted] of rings) if (hosted.some(isJoined)) kickOf.set(map, this.#open());

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
    const facts: number[] = [];
    for (const [map, hosted] of rings) {
      const kicked = kickOf.get(map) ?? -1;
      if (kicked >= 0) facts.push(tasks.length);
      const sources: NativeSource[] = [{ type: 'ring', map, features: hosted.map((each) => shareOf(each, map)) }];
      const clock = tasks.length === 0;
      add<NativeReaderTask>({ worker: worker?.rings, stop, intervalMs, sources, kicked, clock });
    }
    // Without the clock there is no interval, and no time of anything.
    if (tasks.length === 0) add<NativeReaderTask>({ stop, intervalMs, sources: [], clock: true });
    for (const { feature, options: given, sources } of features) {
      for (const source of sources) {
        if (source.type !== 'worker') continue;
        const { module, everyMs } = source;
        add<SourceTask>({ worker: SOURCE_WORKER, module, everyMs, feature: feature.id, options: given });
      }
    }
    this.tasks = tasks;
    this.sources = tasks.map(({ ring }) => new RingConsumer(ring));
    const waiting = features.filter(({ feature }) =>
      features.some((other) => feature.after.includes(other.feature.name)),
    );
    if (facts.length > 0) {
      this.joins = {
        features: new Set(waiting.map(({ feature }) => feature.id)),
        factSources: facts.map((reader) => this.sources[reader]!),
      };
    }
  }

  /** Once no reader runs any more. */
  close(): void {
    for (const fd of this.#kicks.splice(0)) this.#eventFds.close(fd);
  }

  #open(): number {
    const fd = this.#eventFds.open();
    this.#kicks.push(fd);
    return fd;
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
  const { counters } = rings[source]!;
  const first = rings.findIndex((ring) => ring.counters === counters) === source;
  return { id: feature.id, counters: first ? counters : -1, source, sources: rings.length };
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
