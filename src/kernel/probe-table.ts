/**
 * What of the kernel is tried, as data (src/native/src/probe*.cc does it). `since` is the first mainline Linux that has it, by the commit beside
 * it; vendors bring features to older kernels, so what is tried decides, and the version only tells what to do.
 * @module
 */
import type { Capability } from './capabilities.js';

/** What one kernel feature is good for. */
interface Row {
  readonly name: string;
  readonly title: string;
  /** First Linux that has it. */
  readonly since: string;
  /** What it is good for, half a sentence. Absent: what the hook groups give that need it. */
  readonly gives?: string;
  /** What a kernel that is new enough must be built with. */
  readonly config?: string;
  /** What to do beside, or until then; half a sentence. */
  readonly mend?: string;
  /** What trying it takes beside CAP_BPF and CAP_PERFMON. */
  readonly capability?: Capability;
  /** The level of lockdown at which the kernel says that it has it not. */
  readonly lockdown?: 'integrity' | 'confidentiality';
  /** What the verifier names, beginning with this, when it refuses a program for want of it. */
  readonly helper?: string;
}

/** Ways into the kernel, best first. */
export const WAY_ROWS = [
  {
    name: 'fentry', // fec56f5890d9
    title: 'fentry/fexit',
    since: '5.5',
    gives: 'hooks on any kernel function',
    config: 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS',
  },
  {
    name: 'kprobe', // e12f03d7031a: the event source that programs are attached to
    title: 'kprobe',
    since: '4.17',
    gives: 'hooks on any kernel function, older kernels too',
    config: 'CONFIG_KPROBES',
  },
  {
    name: 'tp_btf', // 9e15db66136a
    title: 'tp_btf',
    since: '5.5',
    gives: 'the stable tracepoints, with typed arguments; works under lockdown',
    config: 'CONFIG_BPF_EVENTS',
  },
] as const satisfies readonly Row[];

/** What the hooks need beside. */
export const FEATURE_ROWS = [
  {
    name: 'btf', // 341dfcf8d78e
    title: 'BTF type information',
    since: '5.4',
    gives: 'one build of the programs fits every kernel',
    config: 'CONFIG_DEBUG_INFO_BTF',
  },
  {
    name: 'tcp_tracepoints', // e8c423fb31fa: by name in BTF; they are older
    title: 'TCP tracepoints',
    since: '5.5',
    gives: 'opens, closes and resets of TCP connections',
  },
  {
    name: 'error_report_tracepoint', // e6a3e4434000
    title: 'inet_sk_error_report',
    since: '5.14',
    gives: 'errors that the network sent to UDP sockets',
  },
  {
    name: 'sock_length_tracepoints', // 6e6eda44b939
    title: 'sock_send/recv_length',
    since: '6.3',
    gives: 'owner of accepted sockets, bytes of UDP',
  },
  {
    name: 'fexit_inet', // fec56f5890d9
    title: 'fexit on inet_recvmsg',
    since: '5.5',
    gives: 'the same as sock_send/recv_length, on kernels without them',
    config: 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS',
  },
  {
    name: 'atomics', // 5ffa25502b5a, 5ca419f2864a
    title: 'atomics with a result',
    since: '5.12',
    gives: 'state that two CPUs change at once, counted once',
  },
  {
    name: 'net_cookie', // 3d368ab87cf6: drawn when the namespace is made; until then an atomic that was 0 until asked for
    title: 'network namespace id',
    since: '5.12',
    gives: 'the network namespace of each connection, for good',
  },
  {
    name: 'socket_cookie', // c5dbb89fc2ac
    title: 'socket cookie',
    since: '5.12',
    gives: 'the identity of each socket',
  },
  {
    name: 'current_task', // 3ca1032ab7ab
    title: 'current task',
    since: '5.11',
    gives: 'the process of each call',
  },
  {
    name: 'task_pt_regs', // dd6e10fbd9fb
    title: 'registers of a task',
    since: '5.15',
    gives: 'what a UDP call was given by the program',
  },
  {
    name: 'skc_to_tcp_sock', // af7ec1383361
    title: 'bpf_skc_to_tcp_sock',
    since: '5.9',
    gives: 'exact totals of TCP connections',
  },
  {
    name: 'tracing_storage', // 8e4597c627fb
    title: 'socket storage',
    since: '5.11',
    gives: 'what is known of each UDP socket',
  },
  {
    name: 'task_storage', // a10787e6d58c
    title: 'task storage',
    since: '5.13',
    gives: 'what is known of the call that a task is in',
  },
  {
    name: 'probe_read_kernel', // 6ae08ae3dea2
    title: 'reads of kernel memory',
    since: '5.5',
    gives: 'a look at sockets where casts are missing',
    lockdown: 'confidentiality',
    helper: 'bpf_probe_read',
  },
  {
    name: 'rdonly_cast', // a35b9af4ec2c
    title: 'bpf_rdonly_cast',
    since: '6.2',
    gives: 'a look at sockets from outside of their hooks',
  },
  {
    name: 'map_iterator', // a5cbe05a6673
    title: 'map iterator',
    since: '5.9',
    gives: 'totals of connections while they are open',
  },
  {
    name: 'socket_iterator', // 5ce6e77c7edf
    title: 'socket storage iterator',
    since: '5.9',
    gives: 'totals of UDP conversations while they are open',
  },
  {
    name: 'task_iterator', // eaaacd23910f; bpf_sock_from_file 4f19cab76136 (5.11)
    title: 'task file iterator',
    since: '5.11',
    gives: 'connections that were open before conntrail, with their process',
  },
  {
    name: 'bpf_map_iterator', // 6086d29def80
    title: 'iterator over maps',
    since: '5.8',
    gives: 'maps without CAP_SYS_ADMIN; rings, and entries that the kernel sums up',
  },
  {
    name: 'bpf_prog_iterator', // a228a64fc1e4
    title: 'iterator over programs',
    since: '5.9',
    gives: 'programs without CAP_SYS_ADMIN, and what they are attached to',
  },
  {
    name: 'bpf_link_iterator', // 9f8836127308
    title: 'iterator over links',
    since: '5.19',
    gives: 'links without CAP_SYS_ADMIN',
  },
  {
    name: 'task_file_iterator', // eaaacd23910f
    title: 'iterator over files',
    since: '5.8',
    gives: 'who holds each map and program',
  },
  {
    name: 'task_vma_iterator', // 3d7d6043e1ba
    title: 'iterator over mappings',
    since: '5.13',
    gives: 'who maps each ring buffer',
  },
  {
    name: 'object_ids', // 34ad5580f8f9
    title: 'maps and programs by id',
    since: '4.13',
    gives: 'memory of each map and program as the kernel accounts it',
    capability: 'sys_admin',
  },
  {
    name: 'loop', // e6f2dd0f8067
    title: 'bpf_loop',
    since: '5.17',
    gives: 'many connections at each step of a snapshot',
  },
  {
    name: 'syscall_program', // 79a7f8bdb159
    title: 'callable programs',
    since: '5.14',
    gives: 'the end of idle UDP conversations; open ones where map iterators are refused',
  },
  {
    name: 'for_each_map_elem', // 69c087ba6225 (5.13), in callable programs
    title: 'walks over a map',
    since: '5.14',
    gives: 'the end of idle UDP conversations',
  },
  {
    name: 'cgroup_attach', // af6eea57437a
    title: 'attaching to a cgroup',
    since: '5.7',
    gives: 'programs for all processes of this machine',
    config: 'CONFIG_CGROUP_BPF',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_sendmsg', // 983695fa6765: recvmsg; sendmsg 1cedee13d25a (4.18)
    title: 'cgroup UDP send/receive',
    since: '5.2',
    gives: 'the peer of each UDP datagram',
    config: 'CONFIG_CGROUP_BPF',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_current_pid', // 834ebca831a5
    title: 'cgroup process id',
    since: '5.7',
    gives: 'which call a peer belongs to, on kernels without cgroup task storage',
    config: 'CONFIG_CGROUP_BPF',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_task_storage', // ee971630f20f
    title: 'cgroup task storage',
    since: '6.16',
    gives: 'which peer a call sends to or receives from',
    config: 'CONFIG_CGROUP_BPF',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_sock_release', // f5836749c9c0; its socket storage f7c6cb1d9728
    title: 'cgroup socket release',
    since: '5.9',
    gives: 'the end of each UDP conversation',
    config: 'CONFIG_CGROUP_BPF',
    capability: 'net_admin',
  },
  {
    name: 'cast_to_kern_ctx', // fd264ca02094
    title: 'bpf_cast_to_kern_ctx',
    since: '6.2',
    gives: 'the interface of link-local UDP peers, and failed connects',
    capability: 'net_admin',
  },
  {
    name: 'cgroup_packets', // 0e33661de493; its socket storage 6ac99e8f23d4
    title: 'cgroup packets',
    since: '5.2',
    config: 'CONFIG_CGROUP_BPF',
    capability: 'net_admin',
  },
  {
    name: 'raw_tracepoint', // c4f6699dfcb8
    title: 'raw tracepoints',
    since: '4.17',
    gives: 'processes that are killed for want of memory',
    config: 'CONFIG_BPF_EVENTS',
  },
  {
    name: 'ring_buffer', // 457f44363a88
    title: 'ring buffer',
    since: '5.8',
    gives: 'one buffer for all CPUs, in order',
    mend: '--transport perf is used until then',
  },
  {
    name: 'perf_buffer', // ac4414b5ca47: from typed tracepoints; the buffer a43eec304259 (4.4)
    title: 'perf buffer',
    since: '5.5',
    gives: 'a buffer per CPU, for kernels without ring buffer',
  },
  {
    name: 'mmapable_array', // fc9702273e2e
    title: 'mappable arrays',
    since: '5.5',
    gives: 'closed connections read in place, without a wake-up each',
  },
] as const satisfies readonly Row[];

export type ProbeName = (typeof WAY_ROWS | typeof FEATURE_ROWS)[number]['name'];

export interface ProbeSpec extends Row {
  readonly name: ProbeName;
}

export const WAYS: readonly ProbeSpec[] = WAY_ROWS;
export const PROBES: readonly ProbeSpec[] = FEATURE_ROWS;
