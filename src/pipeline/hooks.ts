/**
 * What a feature hooks into, as data: the loader, doctor, docs and tests read one table.
 * @module
 */
import type { Capability } from '../kernel/capabilities.js';
import type { ProbeName } from '../kernel/probe-table.js';

/** The ways into the kernel, in the order of their numbers in HOOKS frames: new ones come at the end. */
export const RUNGS = [
  'fentry',
  'kprobe',
  'tp_btf',
  'tracepoint',
  'sockops',
  'cgroup',
  'iterator',
  'walk',
  'filter',
  'netlink',
  'runtime',
  'prebuilt',
  'copy',
  'cgroup_hash',
  'bpf_syscall',
  'procfs',
  'tail_call',
  'packet_socket',
] as const;
export type RungName = (typeof RUNGS)[number];

/** A rung in a HOOKS frame. */
export function rungNumber(rung: RungName): number {
  return RUNGS.indexOf(rung);
}

/**
 * What proves that a group is live: the close of the self-test's accepted TCP connection, or of its UDP sockets; `open`, its connection while
 * it is open; `dns`, its datagram to a port of DNS, as it leaves and as it arrives; `event`, the first event, which nobody waits for; `none`, nothing can.
 */
export type ProofKind = 'tcp' | 'udp' | 'open' | 'dns' | 'event' | 'none';

/** One object file of a rung. Names of maps and variables that it does not have are for others. */
export interface ObjectSpec {
  /** `connections/tcp`: its place below build/bpf, without .bpf.o. */
  readonly object: string;
  /** Loaded only when this option of the feature is set, and never the reason why the group is off. */
  readonly option?: string;
  /** Rows of kernel/probe-table.ts that it needs beside those of its rung, when it is optional. */
  readonly needs?: readonly ProbeName[];
  /** What is not told where it is refused, half a sentence. */
  readonly without?: string;
  /** Its programs are attached to the root of the cgroup v2 hierarchy. */
  readonly cgroup?: boolean;
  /** Most entries of maps. */
  readonly maps?: Readonly<Record<string, number>>;
  /** `const volatile` globals; { attached } is 1 when all programs of that object are attached. */
  readonly knobs?: Readonly<Record<string, number | { readonly attached: string }>>;
  /** Iterator → the map it walks. */
  readonly iterators?: Readonly<Record<string, string>>;
  /** Programs that are loaded only when something is asked for: program → by what name. */
  readonly asked?: Readonly<Record<string, string>>;
  /** Programs on what not every kernel has: where one does not attach, nothing is said of it. */
  readonly optional?: readonly string[];
  /** Maps whose program is called by one of these, whatever feature puts it there: map → which one calls it. */
  readonly calls?: Readonly<Record<string, string>>;
  /** Programs that are put into a map that another feature's program calls, rather than attached: program → map. */
  readonly called?: Readonly<Record<string, string>>;
}

/** One way to get what a group gives. */
export interface RungSpec {
  readonly rung: RungName;
  /** None: there is nothing to load, and the way is there where the kernel has what it needs. */
  readonly objects: readonly ObjectSpec[];
  /** Rows of kernel/probe-table.ts. */
  readonly needs: readonly ProbeName[];
  /** Only where this option of the feature is set. */
  readonly option?: string;
  /** All that it takes: programs need not be allowed at all. */
  readonly capability?: Capability;
  /** What proves it, where that is not what proves the group. */
  readonly proof?: ProofKind;
  /** What it gives less, or takes more, than the one above; half a sentence. */
  readonly costs?: string;
}

/** Hooks that belong together: they give one thing, and are proven by one self-test. */
export interface HookGroupSpec {
  readonly name: string;
  /** feature << 8 | n: in SELFTEST and HOOKS frames. */
  readonly id: number;
  /** In messages, where the name of the feature would not do: `TCP`. */
  readonly title?: string;
  /** What the user gets of it, half a sentence. */
  readonly gives: string;
  /** Whether the feature is nothing without it. */
  readonly required: boolean;
  /** Best first. */
  readonly rungs: readonly RungSpec[];
  readonly proof: ProofKind;
  /** What cannot be done without a cgroup, where a rung needs one. */
  readonly without?: string;
  /** Groups of the feature that are loaded before: a knob of this one depends on them. */
  readonly after?: readonly string[];
}
