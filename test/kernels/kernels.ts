/** The kernels that are booted, and what of the tracer works there. */
import { compare } from './since.js';

export interface Kernel {
  /** As vm/run takes it. */
  readonly name: string;
  /** Runs unless CONNTRAIL_KERNELS says otherwise. */
  readonly byDefault: boolean;
}

const KERNELS: readonly Kernel[] = [
  { name: '6.1', byDefault: true },
  { name: '6.12', byDefault: true },
  { name: '6.18', byDefault: true },
  { name: '6.19', byDefault: false },
  { name: '7.0', byDefault: false },
  { name: 'newest', byDefault: false },
];

/** Those of CONNTRAIL_KERNELS ("6.1 newest"), else the default ones. */
export function chosenKernels(): readonly Kernel[] {
  const names = (process.env.CONNTRAIL_KERNELS ?? '').split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0) return KERNELS.filter(({ byDefault }) => byDefault);
  return names.map((name) => ({ name, byDefault: false }));
}

export interface Offer {
  /** cgroup programs may use task storage. */
  readonly storage: boolean;
  /** Who sends and receives is seen by tracepoints: sock_send_length and sock_recv_length. */
  readonly lengths: boolean;
  /** A socket can be looked at without a copy of it: bpf_rdonly_cast. */
  readonly cast: boolean;
}

/** What a kernel is known to have. @param release as uname tells it */
export function offerOf(release: string): Offer {
  const has = (since: string) => compare(release, since) >= 0;
  return { storage: has('6.16'), lengths: has('6.3'), cast: has('6.2') };
}

/** The rung that each hook group is on there, the best: nothing but the kernel's version stands in its way. */
export function rungsOf({ storage, lengths, cast }: Offer): Readonly<Record<string, string | null>> {
  return {
    'connections.tcp': 'tp_btf',
    'connections.owner': lengths ? 'tp_btf' : 'fentry',
    'connections.udp': storage ? 'cgroup' : 'cgroup_hash',
    'connections.snapshot': cast ? 'iterator' : 'copy',
    'oom_kill.victim': 'tracepoint',
  };
}
