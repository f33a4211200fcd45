/** What the guest's program leaves: what is right, and how the tracer behaved. */
import type { ExpectedCalls } from './udp-calls.js';

export interface ExpectedEnd {
  readonly kind: string;
  readonly family: string;
  readonly direction: string;
  readonly local: number;
  readonly remote: number;
  readonly sent: number;
  readonly received: number;
  readonly pid: number;
  readonly failure: string | null;
}

export interface ExpectedDatagrams extends Pick<ExpectedEnd, 'kind' | 'local' | 'sent' | 'received' | 'pid'> {
  /** null: not told. */
  readonly remote: number | null;
  readonly sent_packets: number;
  readonly received_packets: number;
}

/** Direction, local and remote port, bytes sent and received, process id. */
export type SteeredEnd = readonly [string, number, number, number, number, number];

export interface RunResult {
  readonly calls: readonly ExpectedCalls[];
  readonly ends: readonly ExpectedEnd[];
  readonly udp: readonly ExpectedDatagrams[];
  /** Sizes are of one datagram. */
  readonly contended: readonly { local: number; remote: number; sent: number; received: number; exchanges: number }[];
  /** Over veth. `ports`: of the servers. */
  readonly steered: { readonly ports: readonly number[]; readonly ends: readonly SteeredEnd[] };
  readonly ready: boolean;
  readonly status: number;
  /** Used entries of the tracer's maps after all connections had closed; null when it had ended by then. */
  readonly left: Readonly<Record<string, readonly string[]>> | null;
  /** Process id of the one that was killed for want of memory; null: nobody was. */
  readonly victim: number | null;
  /** Whether the tracepoint of such kills there has more fields than that. */
  readonly described: boolean;
}

/** A short run on a kernel of which something was taken away. */
export interface VariantResult extends Pick<RunResult, 'ends' | 'udp' | 'ready' | 'status'> {
  /** On standard error. */
  readonly text: string;
}

/** How a check ended. */
interface CheckResult {
  readonly status: number;
  /** On standard error. */
  readonly text: string;
}

/** What bpftool tells of an object; its owners where its kernel lists them. */
export interface ToolObject {
  readonly id: number;
  readonly type: string;
  readonly name?: string;
  readonly bytes_memlock?: number;
}

export interface ToolMap extends ToolObject {
  readonly bytes_key: number;
  readonly bytes_value: number;
  readonly max_entries: number;
  readonly flags: number;
}

export interface ToolProgram extends ToolObject {
  readonly tag: string;
  readonly bytes_xlated: number;
  readonly bytes_jited?: number;
  readonly loaded_at?: number;
  readonly uid?: number;
}

/** A map that the guest's program made. `entries` null: nothing can count them. */
export interface MadeMap {
  readonly name: string;
  readonly type: string;
  readonly key_size: number;
  readonly value_size: number;
  readonly max_entries: number;
  readonly entries: number | null;
}

/** Queues that one process held full for some seconds. Bytes, as the kernel told their owner. */
export interface HeldQueues {
  readonly pid: number;
  readonly name: string;
  readonly cgroup: string;
  readonly received: number;
  readonly sent: number;
  /** Local ones. */
  readonly ports: { readonly reader: number; readonly writer: number; readonly listener: number };
  /** Connections in an accept queue, and its backlog. */
  readonly waiting: number;
  readonly backlog: number;
}

/** Checks that ran alone, by feature. */
export interface ChecksResult {
  readonly ebpf?: CheckResult & {
    /** Those that were there before and after. */
    readonly maps: readonly ToolMap[];
    readonly programs: readonly ToolProgram[];
    /** By `pid`; the program called `filter` ran `runs` times, some of them before the first reading. */
    readonly made: {
      readonly maps: readonly MadeMap[];
      readonly filter: string;
      readonly runs: number;
      readonly pid: number;
    };
  };
  readonly oom_kill: CheckResult & Pick<RunResult, 'described'> & { readonly victim: number };
  readonly tcp_queue_length: CheckResult & { readonly held: HeldQueues };
}

/** One end of a query, as the guest knows it; its repetitions are one. */
export interface ExpectedDnsEnd {
  readonly role: string;
  readonly transport: string;
  readonly family: string;
  /** Address and port. */
  readonly local: readonly [string, number];
  readonly remote: readonly [string, number];
  /** Inode of the network namespace. */
  readonly netns: number;
  readonly pid: number;
  /** Its name. */
  readonly process: string;
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly outcome: string;
  /** null, as the two below: there was no answer. */
  readonly rcode: string | null;
  readonly truncated: boolean | null;
  readonly answers: number | null;
  readonly retries: number;
}

/** To an address that its process had asked for by `name` just before. */
export interface ExpectedDnsConnection {
  readonly name: string;
  readonly address: string;
  /** Ports. */
  readonly local: number;
  readonly remote: number;
  readonly pid: number;
}

/** `observe --with dns`; where it does not run, connections are told. */
export interface DnsResult extends CheckResult {
  readonly ends: readonly ExpectedDnsEnd[];
  readonly connections: readonly ExpectedDnsConnection[];
}

export interface Result {
  /** By name of the run. */
  readonly runs?: Readonly<Record<string, RunResult>>;
  readonly checks?: ChecksResult;
  readonly dns?: DnsResult;
  readonly loss?: { readonly port: number; readonly ends: number; readonly status: number };
  /** Where doctor says that this kernel cannot: what observe says. */
  readonly refused?: {
    readonly status: number;
    readonly text: string;
    /** Of observe without connections, of a process that was killed for want of memory. */
    readonly kills: number;
    readonly victim: number;
    readonly described: boolean;
  };
  /** By file of doctor's diagnosis, without .json: its exit status. */
  readonly doctor: Readonly<Record<string, number>>;
  /** BPF objects of the tracer that stayed, by kind, after each time that it had ended. */
  readonly left_in_kernel: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly variants: Readonly<Record<string, VariantResult>>;
  /** From the first line of the guest's program to its last. */
  readonly seconds: number;
  /** Memory of the guest that could still be had, at the worst of the moments at which its program said something. */
  readonly least_available_kib: number;
}
