import type { HookGroupSpec } from '../pipeline/hooks.js';
import { HOOK_GROUP } from './layout.gen.js';

/** tcp: TCP connections; owner: processes of accepted connections; udp: UDP conversations; snapshot: open connections. */
export type HookGroupName = 'tcp' | 'owner' | 'udp' | 'snapshot';

const SNAPSHOT_ITERATORS = {
  snapshot_tcp: 'tcp_blocks',
  snapshot_tcp_overflow: 'tcp_overflow',
  snapshot_udp: 'udp_sockets',
  snapshot_udp_flows: 'udp_flows',
} as const;

/** Where flows are neither found nor ended, what single calls tell of them must not be counted. */
const UDP_PEERS = {
  ct_udp_by_task: { attached: 'connections/udp' },
  ct_udp_by_thread: { attached: 'connections/udp_by_thread' },
} as const;

/** Beside the first ones: where tracepoints run preemptibly, a program may be skipped. */
const FURTHER = ['second', 'third', 'last'].flatMap((turn) => [`io_send_${turn}`, `io_recv_${turn}`]);

/** sendfile and splice are calls of their own only before 6.5. */
const PAGE_PROGRAMS = ['io_page', 'io_page_last', 'io_page_passed_on'] as const;

/** Beside the peers of their datagrams; the same on each rung. */
const UDP_OBJECTS = [
  { object: 'connections/udp_expiry' },
  {
    object: 'connections/exact',
    option: 'exactUdp',
    cgroup: true,
    needs: ['cgroup_packets'],
    without: 'local addresses of wildcard UDP sockets are not told',
  },
] as const;

/** Threads that can be in a UDP call with an address at one time. */
const UDP_THREADS = 16_384;

const FAILED_CONNECTS = {
  object: 'connections/connect',
  option: 'failedConnects',
  cgroup: true,
  needs: ['cgroup_attach', 'cast_to_kern_ctx'],
  without: 'connects that fail before a packet are not told',
} as const;

/** The hooks of the connections. */
export const CONNECTION_HOOKS: readonly (HookGroupSpec & { readonly name: HookGroupName })[] = [
  {
    name: 'tcp',
    id: HOOK_GROUP.tcp,
    title: 'TCP',
    gives:
      'every TCP connection: open, close, exact totals; connects that fail before a packet only with --failed-connects',
    required: true,
    proof: 'tcp',
    rungs: [
      {
        rung: 'tp_btf',
        needs: [
          'btf',
          'tp_btf',
          'tcp_tracepoints',
          'mmapable_array',
          'atomics',
          'net_cookie',
          'socket_cookie',
          'current_task',
          'skc_to_tcp_sock',
        ],
        objects: [{ object: 'connections/tcp' }, FAILED_CONNECTS],
      },
      {
        rung: 'sockops',
        needs: [
          'btf',
          'tp_btf',
          'tcp_tracepoints',
          'mmapable_array',
          'cgroup_attach',
          'cgroup_sock_release',
          'probe_read_kernel',
          'skc_to_tcp_sock',
        ],
        objects: [{ object: 'connections/cookies', cgroup: true }, { object: 'connections/tcp_5_10' }, FAILED_CONNECTS],
        costs: 'sockets older than conntrail have made-up cookies',
      },
    ],
  },
  {
    name: 'owner',
    id: HOOK_GROUP.owner,
    gives: 'the process of accepted connections',
    required: false,
    proof: 'tcp',
    after: ['udp'],
    rungs: [
      {
        rung: 'tp_btf',
        needs: [
          'btf',
          'tp_btf',
          'sock_length_tracepoints',
          'error_report_tracepoint',
          'tracing_storage',
          'task_storage',
          'task_pt_regs',
        ],
        objects: [
          {
            object: 'connections/io',
            knobs: UDP_PEERS,
            calls: { after_send: 'io_send', after_recv: 'io_recv' },
            asked: Object.fromEntries(FURTHER.map((program) => [program, 'ioTurns'])),
          },
        ],
      },
      {
        rung: 'fentry',
        needs: [
          'btf',
          'tp_btf',
          'fexit_inet',
          'error_report_tracepoint',
          'tracing_storage',
          'task_storage',
          'task_pt_regs',
          'for_each_map_elem',
        ],
        objects: [{ object: 'connections/io_fexit', knobs: UDP_PEERS, optional: PAGE_PROGRAMS }],
        costs: 'two programs more per send and receive',
      },
    ],
  },
  {
    name: 'udp',
    id: HOOK_GROUP.udp,
    title: 'UDP',
    gives: 'every UDP conversation, by socket and peer; local addresses of wildcard sockets only with --exact-udp',
    required: false,
    proof: 'udp',
    without: 'UDP sockets cannot be followed',
    rungs: [
      {
        rung: 'cgroup',
        needs: [
          'btf',
          'cgroup_attach',
          'cgroup_sendmsg',
          'cgroup_sock_release',
          'cgroup_task_storage',
          'syscall_program',
          'for_each_map_elem',
          'atomics',
        ],
        objects: [{ object: 'connections/udp', cgroup: true }, ...UDP_OBJECTS],
      },
      {
        rung: 'cgroup_hash',
        needs: [
          'btf',
          'cgroup_attach',
          'cgroup_sendmsg',
          'cgroup_sock_release',
          'cgroup_current_pid',
          'syscall_program',
          'for_each_map_elem',
          'atomics',
        ],
        objects: [
          { object: 'connections/udp_by_thread', cgroup: true, maps: { udp_threads: UDP_THREADS } },
          ...UDP_OBJECTS,
        ],
        costs: 'two look-ups more per datagram',
      },
    ],
  },
  {
    name: 'snapshot',
    id: HOOK_GROUP.snapshot,
    gives: 'open connections: totals, and those older than conntrail',
    required: false,
    proof: 'open',
    rungs: [
      {
        rung: 'iterator',
        needs: ['btf', 'task_iterator', 'map_iterator', 'socket_iterator', 'rdonly_cast', 'loop'],
        objects: [
          { object: 'connections/seed' },
          {
            object: 'connections/snapshot',
            iterators: SNAPSHOT_ITERATORS,
          },
        ],
      },
      {
        rung: 'walk',
        needs: ['btf', 'task_iterator', 'syscall_program', 'rdonly_cast', 'loop', 'for_each_map_elem'],
        objects: [{ object: 'connections/seed' }, { object: 'connections/walk' }],
        costs: 'UDP sockets without a descriptor are not shown while open',
      },
      {
        rung: 'copy',
        needs: ['btf', 'task_iterator', 'map_iterator', 'socket_iterator', 'probe_read_kernel'],
        objects: [
          { object: 'connections/seed' },
          { object: 'connections/snapshot_copy', iterators: SNAPSHOT_ITERATORS },
        ],
      },
    ],
  },
];
