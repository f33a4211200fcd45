import type { HookGroup } from '../kernel/hook-groups.js';
import type { Handles, PacketSocket } from '../native/index.js';

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
  /** The program by which the kernel comes to this one: itself, or the one that calls it (`called` in the hook table). */
  hook(name: string): number;
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
 * TypeScript in a thread of its own, writing through RingProducer; `packets`: packet sockets that the feature has opened; `connections`: the
 * batches, hosted by the connection readers, which host nothing else.
 */
export type SourceSpec = RingSource | PacketsSource | WorkerSource | ConnectionsSource;

export interface RingSource {
  readonly type: 'ring';
  readonly ring: 'facts' | 'payloads';
  readonly map: number;
  readonly counters: number;
  /** Kinds of its events that stand for no unit; none by default. */
  readonly unitless?: readonly number[];
}

export interface PacketsSource {
  readonly type: 'packets';
  /** Open until its reader has opened them too. */
  readonly sockets: readonly PacketSocket[];
  /** Ports of servers. */
  readonly ports: readonly number[];
  /** Lets go of the sockets: for the feature, whose switch does so. */
  close(): void;
}

export interface WorkerSource {
  readonly type: 'worker';
  /** URL of the compiled module. */
  readonly module: string;
  readonly everyMs: number;
  /** Descriptors of what was loaded, by the names that the module knows them by; -1 = absent. They are open until its thread has ended. */
  readonly handles?: Readonly<Record<string, number>>;
}

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
  /** Port to which the self-test sends a datagram, for groups whose proof is `dns`. */
  selfTestPort?(options: O): number;
  /** The sources of what was loaded. */
  sources(loaded: LoadedGroups<S>, options: O): readonly SourceSpec[];
  /**
   * Absent: its programs run as soon as they are attached.
   * @param sources what `sources` has opened, which is the switch's to close
   */
  switch?(loaded: LoadedGroups<S>, options: O, sources: readonly SourceSpec[]): LiveSwitch;
}
