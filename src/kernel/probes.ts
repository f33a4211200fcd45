import { constants } from 'node:os';
import type { Probe } from '../native/index.js';
import type { Capability } from './capabilities.js';

/** What of the kernel is tried (src/native/src/probe.cc). */
export type ProbeName =
  | 'btf'
  | 'fentry'
  | 'kprobe'
  | 'tp_btf'
  | 'sock_length_tracepoints'
  | 'socket_iterator'
  | 'task_iterator'
  | 'syscall_program'
  | 'rdonly_cast'
  | 'cgroup_sendmsg'
  | 'cgroup_sock_release'
  | 'cgroup_task_storage'
  | 'ring_buffer'
  | 'perf_buffer'
  | 'mmapable_array';

/** `refused`: the kernel has it and a policy forbids it; `unknown`: without privilege the kernel does not tell. */
export type ProbeStatus = 'works' | 'missing' | 'refused' | 'unknown';

/** What one kernel feature is good for. `required`: without it nothing is traced. */
export interface ProbeSpec {
  name: ProbeName;
  title: string;
  /** First Linux that has it. */
  since: string;
  required: boolean;
  gives: string;
  mend: string;
  /** What trying it takes beside CAP_BPF and CAP_PERFMON. */
  capability?: Capability;
}

/** What became of it here. */
export interface ProbedFeature extends ProbeSpec {
  status: ProbeStatus;
  errno: number;
  /** Name of the errno, e.g. EPERM; null when it works. */
  error: string | null;
}

/** Ways into the kernel, best first. */
export const WAYS: readonly ProbeSpec[] = [
  {
    name: 'fentry',
    title: 'fentry/fexit',
    since: '5.5',
    required: false,
    gives: 'hooks on any kernel function',
    mend: 'needs a kernel without lockdown that has BPF trampolines',
  },
  {
    name: 'kprobe',
    title: 'kprobe',
    since: '4.1',
    required: false,
    gives: 'hooks on any kernel function, older kernels too',
    mend: 'needs a kernel built with CONFIG_KPROBES',
  },
  {
    name: 'tp_btf',
    title: 'tp_btf',
    since: '5.5',
    required: true,
    gives: 'the stable tracepoints, with typed arguments; works under lockdown',
    mend: 'needs Linux 5.5 or later with BTF',
  },
];

/** What the hooks need beside. */
export const PROBES: readonly ProbeSpec[] = [
  {
    name: 'btf',
    title: 'BTF type information',
    since: '5.4',
    required: true,
    gives: 'one build of the programs fits every kernel',
    mend: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux)',
  },
  {
    name: 'sock_length_tracepoints',
    title: 'sock_send/recv_length',
    since: '6.3',
    required: false,
    gives: 'owner of accepted sockets, bytes of UDP',
    mend: 'needs Linux 6.3 or later; until then owners are the listener or the closer',
  },
  {
    name: 'socket_iterator',
    title: 'socket iterator',
    since: '5.9',
    required: false,
    gives: 'totals of connections while they are open',
    mend: 'needs Linux 5.9 or later',
  },
  {
    name: 'task_iterator',
    title: 'task file iterator',
    since: '5.8',
    required: false,
    gives: 'connections that were open before conntrail, with their process',
    mend: 'needs Linux 5.8 or later',
  },
  {
    name: 'syscall_program',
    title: 'callable programs',
    since: '5.14',
    required: false,
    gives: 'the end of idle UDP conversations; open ones where map iterators are refused',
    mend: 'needs Linux 5.14 or later',
  },
  {
    name: 'rdonly_cast',
    title: 'bpf_rdonly_cast',
    since: '6.2',
    required: false,
    gives: 'a look at sockets from outside of their hooks',
    mend: 'needs Linux 6.2 or later',
  },
  {
    name: 'cgroup_sendmsg',
    title: 'cgroup UDP send/receive',
    since: '5.2',
    required: false,
    gives: 'the peer of each UDP datagram',
    mend: 'needs cgroup v2 mounted, CAP_NET_ADMIN and Linux 5.2 or later',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_sock_release',
    title: 'cgroup socket release',
    since: '5.9',
    required: false,
    gives: 'the end of each UDP conversation',
    mend: 'needs cgroup v2 mounted, CAP_NET_ADMIN and Linux 5.9 or later',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_task_storage',
    title: 'cgroup task storage',
    since: '6.16',
    required: false,
    gives: 'which peer a call sends to or receives from',
    mend: 'needs Linux 6.16 or later',
    capability: 'net_admin',
  },
  {
    name: 'ring_buffer',
    title: 'ring buffer',
    since: '5.8',
    required: false,
    gives: 'one buffer for all CPUs, in order',
    mend: 'needs Linux 5.8 or later; --transport perf is used until then',
  },
  {
    name: 'perf_buffer',
    title: 'perf buffer',
    since: '4.4',
    required: false,
    gives: 'a buffer per CPU, for kernels without ring buffer',
    mend: 'needs CAP_PERFMON',
  },
  {
    name: 'mmapable_array',
    title: 'mappable arrays',
    since: '5.5',
    required: true,
    gives: 'closed connections read in place, without a wake-up each',
    mend: 'needs Linux 5.5 or later',
  },
];

const NAMES = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/**
 * What became of the probes, for those of `list`. Without privilege every refusal is inconclusive: the kernel answers EPERM to
 * a feature it has and to one it has not.
 * @param privileged whether there is privilege for a feature that takes this capability beside the usual ones
 */
export function judge(
  list: readonly ProbeSpec[],
  probes: readonly Probe[],
  privileged: (capability: Capability | undefined) => boolean,
): ProbedFeature[] {
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

/** The rows that hook groups name in `needs`. */
const ALL = new Map([...WAYS, ...PROBES].map((probe) => [probe.name, probe]));

/** Tries the kernel once, when somebody asks: it takes a good part of a second, which a start where all is well need not wait for. */
export class LazyProbes {
  readonly #probe: () => readonly Probe[];
  #results: ReadonlyMap<string, number> | undefined;

  constructor(probe: () => readonly Probe[]) {
    this.#probe = probe;
  }

  /** Whether an answer costs nothing. */
  get known(): boolean {
    return this.#results !== undefined;
  }

  /** What to do about the first of the needs that this kernel lacks; empty when it lacks none. */
  lack(needs: readonly ProbeName[]): string {
    this.#results ??= byName(this.#probe());
    const { EPERM, EACCES } = constants.errno;
    for (const need of needs) {
      const errno = this.#results.get(need) ?? 0;
      // A refusal by policy has its own words, those of the load.
      if (errno === 0 || errno === EPERM || errno === EACCES) continue;
      const { title, mend } = ALL.get(need)!;
      return `${title}: ${mend}`;
    }
    return '';
  }
}

function byName(results: readonly Probe[]): ReadonlyMap<string, number> {
  return new Map(results.map(({ name, errno }) => [name, errno]));
}

function statusOf(errno: number, privileged: boolean): ProbeStatus {
  if (errno === 0) return 'works';
  const { EPERM, EACCES } = constants.errno;
  if (errno !== EPERM && errno !== EACCES) return 'missing';
  return privileged ? 'refused' : 'unknown';
}
