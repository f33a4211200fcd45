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

export interface Result {
  /** By name of the run. */
  readonly runs?: Readonly<Record<string, RunResult>>;
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
