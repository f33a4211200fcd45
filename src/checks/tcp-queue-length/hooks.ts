import type { ProbeName } from '../../kernel/probe-table.js';
import type { HookGroupSpec } from '../../pipeline/hooks.js';
import { GROUP } from './layout.gen.js';

/** sendfile and splice are calls of their own only before 6.5. */
const PAGE_PROGRAMS = ['queue_page', 'queue_page_begin'];

const LENGTH_NEEDS: readonly ProbeName[] = [
  'btf',
  'tp_btf',
  'sock_length_tracepoints',
  'current_task',
  'net_cookie',
  'skc_to_tcp_sock',
];
const SAMPLED = 'calls are seen as they end, and accepts not at all: records say sampled';

const FOLDER = 'checks/tcp_queue_length';

/** Where queues are looked at: in each call, and all of them at the ends of an interval. */
export const HOOKS: readonly HookGroupSpec[] = [
  {
    name: 'calls',
    id: GROUP.calls,
    title: 'TCP call',
    gives: 'how full queues are in each receive, send and accept',
    required: false,
    rungs: [
      {
        rung: 'fentry',
        objects: [{ object: `${FOLDER}/fentry`, optional: PAGE_PROGRAMS }],
        needs: ['btf', 'fentry', 'current_task', 'net_cookie', 'skc_to_tcp_sock'],
      },
      {
        rung: 'kprobe',
        objects: [{ object: `${FOLDER}/kprobe`, optional: PAGE_PROGRAMS }],
        needs: ['btf', 'kprobe', 'probe_read_kernel'],
        costs: 'three probes more per send',
      },
      {
        rung: 'tail_call',
        objects: [
          {
            object: `${FOLDER}/length_called`,
            called: { queue_receive: 'after_recv', queue_send: 'after_send' },
          },
        ],
        needs: LENGTH_NEEDS,
        costs: SAMPLED,
      },
      {
        rung: 'tp_btf',
        objects: [{ object: `${FOLDER}/length` }],
        needs: LENGTH_NEEDS,
        costs: `a second program per send and receive where connections have one; ${SAMPLED}`,
      },
    ],
    // An empty queue is as good as any.
    proof: 'none',
  },
  {
    name: 'sweep',
    id: GROUP.sweep,
    title: 'TCP queue',
    gives: 'how full all queues are at the ends of each interval, those that nobody reads too',
    required: true,
    rungs: [
      {
        rung: 'iterator',
        objects: [{ object: `${FOLDER}/sweep` }],
        needs: ['btf', 'task_iterator', 'net_cookie', 'skc_to_tcp_sock'],
      },
      {
        rung: 'copy',
        objects: [{ object: `${FOLDER}/sweep_5_10` }],
        needs: ['btf', 'probe_read_kernel'],
      },
    ],
    proof: 'none',
  },
];
