/** The ways into the kernel, in the order of their numbers in HOOKS frames. */
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
] as const;
export type RungName = (typeof RUNGS)[number];

/** What proves that a group is live: a connection of conntrail's own, an event that came, or nothing can. */
export type ProofKind = 'tcp' | 'udp' | 'event' | 'none';

/** One object file of a rung. */
export interface ObjectSpec {
  /** `connections/tcp`: its place below build/bpf, without .bpf.o. */
  readonly object: string;
  /** Loaded only when this option of the feature is set, and never the reason why the group is off. */
  readonly option?: string;
  /** What is not told where it is refused, half a sentence. */
  readonly without?: string;
}

/** One way to get what a group gives. */
export interface RungSpec {
  readonly rung: RungName;
  readonly objects: readonly ObjectSpec[];
  /** Names of rows of kernel/probes.ts. */
  readonly needs: readonly string[];
}

/** Hooks that belong together: they give one thing, and are proven by one self-test. */
export interface HookGroupSpec {
  readonly name: string;
  /** feature << 8 | n. */
  readonly id: number;
  /** What the user gets of it, half a sentence. */
  readonly gives: string;
  /** Whether the feature is nothing without it. */
  readonly required: boolean;
  /** Best first. */
  readonly rungs: readonly RungSpec[];
  readonly proof: ProofKind;
}
