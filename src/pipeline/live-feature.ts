import type { HookGroup } from '../kernel/hook-groups.js';
import type { Handles } from '../native/index.js';

/** What the host has to do with how a feature is loaded. */
export interface LoadHost {
  /** Possible CPUs. */
  readonly cpus: number;
  /** Release of the kernel, as uname tells it. */
  readonly kernel: string;
  /** Programs may read memory by helpers; lockdown (confidentiality) forbids that. */
  readonly readsMemory: boolean;
}

/** How the objects of a feature are loaded. Names that an object does not have are for others. */
export interface LoadSettings {
  /** In messages. */
  readonly name: string;
  /** Most entries of maps. */
  readonly maps: Readonly<Record<string, number>>;
  /** `const volatile` globals. */
  readonly knobs: Readonly<Record<string, number>>;
  /** Names of optional objects and programs that are wanted. */
  readonly asks: ReadonlySet<string>;
}

/** What of a feature is in the kernel: descriptors by name, -1 = absent. */
export interface LoadedGroups<S extends LoadSettings = LoadSettings> {
  readonly groups: readonly HookGroup[];
  /** Those it was loaded with. */
  readonly settings: S;
  map(name: string): number;
  link(program: string): number;
  program(name: string): number;
  /** Attached programs that the kernel's own work calls, in the order in which they were loaded. */
  readonly hooks: readonly string[];
  /** Walks all of an iterator once, for its effect. */
  runIterator(program: string): void;
  readonly host: LoadHost;
}

/** What lets programs run that are attached already, and stops them. */
export interface LiveSwitch {
  on(): void;
  /** Returns when none of the programs runs any more. For good: it lets go of everything. */
  off(): void;
}

/**
 * Where frames come from. `ring`: events of a BPF ring that begin with struct ct_event, hosted by the facts reader; `worker`: the feature's own
 * TypeScript in a thread of its own, writing through RingProducer; `connections`: the batches, hosted by the connection readers, which host
 * nothing else.
 */
export type SourceSpec =
  | { readonly type: 'ring'; readonly ring: 'facts' | 'payloads'; readonly map: number; readonly counters: number }
  | { readonly type: 'worker'; readonly module: string; readonly everyMs: number }
  | ConnectionsSource;

export interface ConnectionsSource {
  readonly type: 'connections';
  readonly handles: Handles;
  readonly transport: 'ring' | 'perf';
  /** Bytes: per CPU for perf, in all for the ring. */
  readonly kernelBuffer: number;
}

/** The live half of a feature: only the tracer loads it. */
export interface LiveFeature<O = unknown, S extends LoadSettings = LoadSettings> {
  /**
   * Ways to load it, best first: the next one is tried when the kernel refuses a group that is required. Absent: its objects are loaded as they
   * are, without what must be asked for.
   */
  settings?(options: O, host: LoadHost): readonly S[];
  /** The sources of what was loaded. */
  sources(loaded: LoadedGroups<S>, options: O): readonly SourceSpec[];
  /** Absent: its programs run as soon as they are attached. */
  switch?(loaded: LoadedGroups<S>, options: O): LiveSwitch;
}
