import { constants } from 'node:os';
import type { Probe } from '../native/index.js';
import type { Capability } from './capabilities.js';

/** `refused`: the kernel has it and a policy forbids it; `unknown`: without privilege the kernel does not tell. */
export type FeatureStatus = 'works' | 'missing' | 'refused' | 'unknown';

/** What one kernel feature is good for. `required`: without it nothing is traced. */
export interface FeatureText {
  /** Name of the probe (src/native/src/probe.cc). */
  name: string;
  title: string;
  required: boolean;
  gives: string;
  mend: string;
  /** What trying it takes beside CAP_BPF and CAP_PERFMON. */
  capability?: Capability;
}

export interface Feature extends FeatureText {
  status: FeatureStatus;
  errno: number;
  /** Name of the errno, e.g. EPERM; null when it works. */
  error: string | null;
}

/** The ladder for the connection hooks, best first; which one is live is a matter of what this kernel refuses. */
export const RUNGS: readonly FeatureText[] = [
  {
    name: 'fentry',
    title: 'fentry/fexit',
    required: false,
    gives: 'hooks on any kernel function',
    mend: 'needs a kernel without lockdown that has BPF trampolines',
  },
  {
    name: 'kprobe',
    title: 'kprobe',
    required: false,
    gives: 'hooks on any kernel function, older kernels too',
    mend: 'needs a kernel built with CONFIG_KPROBES',
  },
  {
    name: 'tp_btf',
    title: 'tp_btf',
    required: true,
    gives: 'the stable tracepoints, with typed arguments; works under lockdown',
    mend: 'needs Linux 5.5 or later with BTF',
  },
];

export const FEATURES: readonly FeatureText[] = [
  {
    name: 'btf',
    title: 'BTF type information',
    required: true,
    gives: 'one build of the programs fits every kernel',
    mend: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux)',
  },
  {
    name: 'sock_length_tracepoints',
    title: 'sock_send/recv_length',
    required: false,
    gives: 'owner of accepted sockets, bytes of UDP',
    mend: 'needs Linux 6.3 or later; until then owners are the listener or the closer',
  },
  {
    name: 'socket_iterator',
    title: 'socket iterator',
    required: false,
    gives: 'totals of connections while they are open',
    mend: 'needs Linux 5.12 or later',
  },
  {
    name: 'task_iterator',
    title: 'task file iterator',
    required: false,
    gives: 'connections that were open before conntrail, with their process',
    mend: 'needs Linux 5.8 or later',
  },
  {
    name: 'cgroup_sendmsg',
    title: 'cgroup UDP send/receive',
    required: false,
    gives: 'the peer of each UDP datagram',
    mend: 'needs cgroup v2 mounted, CAP_NET_ADMIN and Linux 5.2 or later',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_sock_release',
    title: 'cgroup socket release',
    required: false,
    gives: 'the end of each UDP conversation',
    mend: 'needs cgroup v2 mounted, CAP_NET_ADMIN and Linux 5.9 or later',
    capability: 'net_admin',
  },
  {
    name: 'ring_buffer',
    title: 'ring buffer',
    required: false,
    gives: 'one buffer for all CPUs, in order',
    mend: 'needs Linux 5.8 or later; --transport perf is used until then',
  },
  {
    name: 'perf_buffer',
    title: 'perf buffer',
    required: false,
    gives: 'a buffer per CPU, for kernels without ring buffer',
    mend: 'needs CAP_PERFMON',
  },
  {
    name: 'mmapable_array',
    title: 'mappable arrays',
    required: true,
    gives: 'closed connections read in place, without a wake-up each',
    mend: 'needs Linux 5.5 or later',
  },
];

const NAMES = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/**
 * What became of the probes, for the features of `list`. Without privilege every refusal is inconclusive: the kernel answers EPERM to
 * a feature it has and to one it has not.
 * @param privileged whether there is privilege for a feature that takes this capability beside the usual ones
 */
export function judge(
  list: readonly FeatureText[],
  probes: readonly Probe[],
  privileged: (capability: Capability | undefined) => boolean,
): Feature[] {
  return list.map((text) => {
    const errno = probes.find((probe) => probe.name === text.name)?.errno ?? constants.errno.ENOENT;
    return {
      ...text,
      errno,
      error: errno === 0 ? null : (NAMES.get(errno) ?? `errno ${errno}`),
      status: statusOf(errno, privileged(text.capability)),
    };
  });
}

function statusOf(errno: number, privileged: boolean): FeatureStatus {
  if (errno === 0) return 'works';
  const { EPERM, EACCES } = constants.errno;
  if (errno !== EPERM && errno !== EACCES) return 'missing';
  return privileged ? 'refused' : 'unknown';
}
