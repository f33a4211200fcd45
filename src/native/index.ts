/**
 * The typed façade of the C++ addon; nothing else in conntrail loads the binary. Replay, verify and schema never import this file.
 * @module
 */
import { closeSync, existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeBpf } from './bpf-objects.js';
import { BuildFolder } from './build-folder.js';

export type * from './bpf-objects.js';

/** Numbers of kernel objects, valid in every thread of this process. -1 = absent. */
export interface Handles {
  /** Mmapable array, one `ct_batch` page per possible CPU. */
  batches: number;
  /** Mmapable switches shared with the programs. */
  control: number;
  /** Ring buffer map, or -1. */
  ring: number;
  /** Perf event array map, or -1. */
  perf: number;
  /** bpf_iter links whose rows are the open conversations; -1: absent. */
  iterators: number[];
  /** Programs the reader runs itself where a kernel refuses the iterator of the same place; -1: absent. */
  walks: number[];
  /** Map into which they write their rows, or -1. */
  walkRows: number;
  /** Program that ends UDP flows, run by the reader, and the map into which it writes them; or -1. */
  expiry: number;
  expiryPage: number;
  /** Entries that the map of UDP flows can have. */
  udpFlows: number;
  /** File descriptors of the programs whose recursion_misses count; the first is the first set_state program, the second its twin. */
  programs: number[];
  /** Of them, those that count sends and receives. */
  ioPrograms: number[];
}

export interface TracerOptions {
  /** Milliseconds of CPU time that loading one object may take; four times as long by the clock. Then its programs are tried one by one. */
  loadMs: number;
  /** Bytes of kernel memory that may come while one object is loaded; never more than half of what is free. */
  loadMemory: number;
}

/** What is to be loaded. The addon knows no object, map, program or variable by name. */
export interface ObjectRequest {
  /** Objects of one scope share maps of one name. */
  scope: string;
  /** Map → scope, for maps that are shared with other scopes too. */
  shared: Readonly<Record<string, string>>;
  /** Its name: 'connections/tcp'. */
  object: string;
  bytes: Uint8Array;
  /** Most entries of maps, where they differ from what the object says. Names that the object does not have are for others; so in `knobs`. */
  maps: Readonly<Record<string, number>>;
  /** `const volatile` globals, unsigned. */
  knobs: Readonly<Record<string, number>>;
  /** Iterator → the map it walks. */
  iterators: Readonly<Record<string, string>>;
  /** Program → the map that calls it, which it is put into rather than attached; with a map of that name in its scope. */
  called: Readonly<Record<string, string>>;
  /** Programs that are not loaded. */
  skip: readonly string[];
  /** Descriptor of the cgroup to attach to; -1: none. */
  cgroup: number;
}

/** What became of one program. `errno` 0 and `attached` true is success; `reason` is one sentence otherwise. */
export interface ProgramResult {
  object: string;
  program: string;
  section: string;
  loaded: boolean;
  attached: boolean;
  errno: number;
  reason: string;
  /** The verifier rejected it: `reason` is what it says, or why it was stopped. */
  rejected: boolean;
  /** Instructions the verifier went through (its own limit is 1,000,000); null: not loaded, or the kernel does not tell (before 5.16). */
  instructions: number | null;
  /** The limit of loading that the verifier went beyond, whereupon it was stopped; null otherwise. */
  exceeded: 'time' | 'memory' | null;
}

/** Ends of the self-test's conversations. */
export type SelfTestEnd = 'tcp_client' | 'tcp_server' | 'udp' | 'dns';

/** A socket of the self-test or of a canary, and what a right record of it says. Addresses are IPv4 as one number. */
export interface SelfTestSocket {
  cookie: bigint;
  end: SelfTestEnd;
  sentBytes: number;
  receivedBytes: number;
  localAddress: number;
  localPort: number;
  remoteAddress: number;
  remotePort: number;
}

/** An attached program. */
export interface RelinkRequest {
  program: string;
  section: string;
  /** Map that it iterates over; '': none. */
  map: string;
  wanted: boolean;
}

export interface Relinked {
  program: string;
  errno: number;
  /** '' when it is attached. */
  reason: string;
}

/** Loads, attaches and owns the BPF objects. Lives on the thread that opened it; closing it removes everything from the kernel. */
export interface NativeTracer {
  /** Possible CPUs of this host. */
  readonly cpus: number;
  /** eventfd that wakes every blocking native wait. */
  readonly stop: number;
  /** Loads one object and attaches its programs: what this kernel refuses is a result, one per program. */
  load(request: ObjectRequest): ProgramResult[];
  /** Removes the programs of one object from the kernel; without `object`, all that is of the scope, maps too. */
  unload(scope: string, object?: string): void;
  /** Descriptors by name, -1: absent. */
  map(scope: string, name: string): number;
  link(scope: string, program: string): number;
  program(scope: string, name: string): number;
  /** Of all its maps and programs. */
  descriptors(): number[];
  /** Walks all of an iterator once, for its effect. */
  runIterator(scope: string, program: string): void;
  /**
   * Attaches anew those links of these programs that were taken away behind our back; or, when none was, those of the programs that are
   * `wanted`. Programs and maps stay as they are.
   * @param cgroup descriptor of the cgroup to attach to; -1: none
   * @returns one for each that was to be attached; errno 0: it is
   */
  relink(scope: string, programs: readonly RelinkRequest[], cgroup: number): Relinked[];
  /** Detaches all that the kernel's own work calls, and returns when none of it runs any more. */
  detach(): void;
  /**
   * Opens the conversations of the self-test, or those of a canary, and leaves them open; they close with `closeSelfTest`. Of those that
   * loopback does not let through there are no sockets; it is waited for, half a second at most for each step, of a canary 50 ms.
   * @param dnsPort where a datagram of DNS is sent, which is an answer to nobody: servers do not mind it; 0: none is. Where that port is taken, of
   *   that socket alone which sends it
   */
  openSelfTest(canary: boolean, dnsPort: number): SelfTestSocket[];
  closeSelfTest(): void;
  /** Writes the stop eventfd: every reader returns from its wait. */
  wakeReaders(): void;
  close(): void;
}

/** Descriptors are those of `Handles`. */
export interface ConnectionSwitchOptions extends Pick<Handles, 'batches' | 'control' | 'programs' | 'ioPrograms'> {
  cpus: number;
  /** Idle time after which a UDP conversation ends: one that only sent or received, and one that did both. */
  udpTimeoutMs: number;
  udpStreamTimeoutMs: number;
}

/** What lets the programs of the connections run, and stops them. */
export interface NativeConnectionSwitch {
  on(): void;
  /** Returns when none of them runs any more. For good: it lets go of the maps. */
  off(): void;
}

/** The batches of the CPUs that one reader owns, and what belongs to connections beside them. */
export interface NativeConnections {
  type: 'connections';
  handles: Handles;
  transport: 'ring' | 'perf';
  /** Bytes: per CPU for perf, in all for the ring; a power of two ≥ one page. */
  kernelBuffer: number;
  /** Index of this reader and how many there are. Reader i owns the CPUs c with c mod readers = i. */
  reader: number;
  readers: number;
  cpus: number;
  /** ms between readings of the partial batches and of the transport, 100 by default. */
  pendingMs: number;
}

/** A feature whose events a ring brings. */
export interface RingFeature {
  /** enum ct_feature. */
  id: number;
  /** Map of `struct ct_event_counters` of its programs, or -1: another source accounts for what they count. */
  counters: number;
  /** Which source of this feature this is, and of how many; the only one by default. */
  source?: number;
  sources?: number;
  /** Kinds of its events that stand for no unit; none by default. */
  unitless?: readonly number[];
}

/** A BPF ring of events that begin with `struct ct_event`, told apart by their kinds. What finds no room in the shared ring stays in it. */
export interface NativeRing {
  type: 'ring';
  /** File descriptor of the map. */
  map: number;
  features: readonly RingFeature[];
}

/** One of `NativePacketSockets` that has a classic filter. */
export interface PacketSocket {
  fd: number;
  /** Of the namespace that it is in. */
  netnsInode: number;
}

/** DNS out of such sockets, as frames of its feature; what finds no room in the shared ring stays in the socket, which drops what it cannot hold. */
export interface NativePackets {
  type: 'packets';
  sockets: readonly PacketSocket[];
  ports: readonly number[];
  /** enum ct_feature. */
  feature: number;
  /** Which source of this feature this is, and of how many. */
  source: number;
  sources: number;
}

export type NativeSource = NativeConnections | NativeRing | NativePackets;

export interface ReaderOptions {
  /** The whole shared ring: 4096-byte header and data. */
  ring: Uint8Array;
  /** Number of this reader, as `source` in its frames. */
  source: number;
  /** eventfd that wakes it: `NativeTracer.stop`. */
  stop: number;
  /** What it reads from, in this order. Readers of connections read nothing else: what they wait for would keep back the marks of the others. */
  sources: readonly NativeSource[];
  /** ms between accounts; for connections between snapshots and clocks, too. */
  intervalMs: number;
  /** Of a reader of facts: eventfd on which it is asked for marks; -1, the default: it writes none. */
  kicked?: number;
  /** eventfds of readers of facts: they are asked whenever frames were written. None by default. */
  kicks?: readonly number[];
  /** Whether it tells the clock every interval, behind its sources' accounts. A reader of connections does by itself. */
  clock?: boolean;
}

/** Bits returned by `NativeReader.poll`. */
export const POLL_NOTIFY = 1;
export const POLL_STOPPED = 2;

/**
 * Moves kernel data of its CPUs into one shared ring. `poll` blocks (≤ 150 ms, woken by the stop eventfd) and returns when frames were
 * written while the consumer waited (POLL_NOTIFY: the caller must `Atomics.notify` word 48, which the reader has already set to 0),
 * when the ring's state word said stop and the final drain is in the ring, or said stopped (POLL_STOPPED), or with 0 when there was
 * nothing to tell: a thread can be ended only between two calls.
 */
export interface NativeReader {
  poll(): number;
  close(): void;
}

/** How far the reader of a BPF ring has come, by the ring's own positions: nobody is asked, and nobody has to run. Of any thread. */
export interface NativeRingProgress {
  /**
   * Everything that programs committed before this time has been moved into the shared ring by whoever reads this one; boot clock, ns. Of a ring
   * that is never empty it is a time of an earlier call. 0: something is still to be moved.
   */
  told(): number;
  /** Tells nothing any more. */
  close(): void;
}

/** One step through a map: so many entries were put into the arrays; `done`: they were the last. */
export interface MapStep {
  count: number;
  done: boolean;
}

/**
 * Reads and writes a map by its descriptor, without knowing what is in it. Throws with `errno` what the kernel refuses. Of maps per CPU a value is
 * that of all possible CPUs one behind the other, each rounded up to 8 bytes.
 */
export interface NativeMapReader {
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Most entries that it may have. */
  readonly entries: number;
  /**
   * The next entries of a hash map, as many as have room; after the last one it begins anew. While others write, some may come twice or not.
   * @param take removes them
   */
  next(keys: Uint8Array, values: Uint8Array, take: boolean): MapStep;
  /** @returns whether there is such an entry */
  lookUp(key: Uint8Array, value: Uint8Array): boolean;
  update(key: Uint8Array, value: Uint8Array): void;
  /** @returns whether there was such an entry */
  remove(key: Uint8Array): boolean;
}

/**
 * Packet sockets in network namespaces, on all devices there. Their filter is a program that sees everything and takes nothing, or a classic one,
 * behind which a reader reads them (`NativePackets`).
 */
export interface NativePacketSockets {
  /**
   * Opens one in this namespace, unless it has one already; the calling thread stays in its own.
   * @param path of the namespace's file
   * @returns 0 or errno
   */
  open(path: string): number;
  /** Those that are open. */
  sockets(): PacketSocket[];
  /** Closes all; returns when none of them runs its filter any more. What came until then is read still by who has opened them too. */
  close(): void;
}

/** What the kernel offers, as numbers the doctor explains. errno 0 = works. */
export interface Probe {
  name: string;
  errno: number;
  /**
   * Why it was not tried: `btf`, the kernel's types cannot be read; `cgroup`, there is none to attach to. `hidden`, of the types themselves: the
   * kernel has them, and only its file of them cannot be read. Empty otherwise.
   */
  cause: '' | 'btf' | 'hidden' | 'cgroup';
  /** The verifier's last words, if it had any. */
  log: string;
}

export interface NativeAddon {
  Tracer: new (options: TracerOptions) => NativeTracer;
  ConnectionSwitch: new (options: ConnectionSwitchOptions) => NativeConnectionSwitch;
  Reader: new (options: ReaderOptions) => NativeReader;
  /** @param map descriptor of the ring */
  RingProgress: new (
    map: number,
  ) => NativeRingProgress;
  MapReader: new (map: number) => NativeMapReader;
  /** @param filter descriptor of a socket filter, or the instructions of a classic one (struct sock_filter of linux/filter.h) */
  PacketSockets: new (
    filter: number | Uint8Array,
  ) => NativePacketSockets;
  /** Sum of the runs that the kernel skipped because a program ran on that CPU already (bpf_prog_info, since 5.12); -1 of the list: none. */
  recursionMisses(programs: readonly number[]): number;
  /** Walks all of an iterator once, for its effect. @param link its descriptor @returns 0, or an errno */
  iterate(link: number): number;
  /** Returns when every program that began before has ended. */
  waitForPrograms(): void;
  /**
   * Tries each kernel feature as the programs use it: loads, attaches for a moment, and takes it away again. Needs privilege to be conclusive.
   * @param cgroup descriptor of the one to attach to; -1: none
   */
  probe(cgroup: number): Probe[];
  /** Whether programs may read memory by helpers (bpf/connections/reads.h); takes well below a millisecond. */
  mayReadMemory(): boolean;
  /**
   * Makes a socket in the network namespace of every process and closes it, for programs that run when a socket is made.
   * @returns how many namespaces could be entered
   */
  visitNamespaces(): number;
  /** Every BPF object of the host, whoever loaded it. */
  readonly bpf: NativeBpf;
  /** libbpf's version, e.g. "1.5". */
  readonly libbpf: string;
  /** Effective capabilities of this thread, a bit each (linux/capability.h). */
  capabilities(): bigint;
  /** Number of possible CPUs. */
  cpus(): number;
  /** CLOCK_BOOTTIME, ns: the clock of everything that comes from the kernel. */
  bootNs(): bigint;
  /** A new eventfd, nonblocking; `closeSync` closes it. */
  eventfd(): number;
  /**
   * Locks the open file of a descriptor against all others (flock), without waiting. The lock ends when it is closed, or its process ends.
   * @returns 0, or an errno; EWOULDBLOCK (11): somebody else has it
   */
  lockFile(descriptor: number): number;
  /** Ends the process at once, whatever its threads wait for. `process.exit` waits for a thread that writes to a disk that hangs. */
  quit(status: number): never;
}

/** Path of the compiled addon, in a checkout and in the package alike. */
export const ADDON_PATH = fileURLToPath(new URL('../../build/native/conntrail.node', import.meta.url));
/** Folder of the compiled BPF objects. */
export const BPF_OBJECTS = fileURLToPath(new URL('../../build/bpf', import.meta.url));

let loaded: NativeAddon | undefined;

/**
 * Loads the addon on first use, when it is what was built. Throws what `dlopen` throws; callers turn it into CONNTRAIL_ADDON_MISSING.
 * @throws ConntrailError CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED
 */
export function native(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  const module: { exports: unknown } = { exports: {} };
  const { descriptor } = new BuildFolder(dirname(ADDON_PATH)).open(basename(ADDON_PATH));
  try {
    // By its descriptor, so that nothing can take the place of the file that was compared.
    const same = `/proc/self/fd/${descriptor}`;
    process.dlopen(module, existsSync(same) ? same : ADDON_PATH, constants.dlopen.RTLD_LAZY);
  } finally {
    closeSync(descriptor);
  }
  return module.exports as NativeAddon;
}
