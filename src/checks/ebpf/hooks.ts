import type { HookGroupSpec } from '../../pipeline/hooks.js';
import { GROUP } from './layout.gen.js';

/**
 * How maps and programs are read: by iterators, which see what bpf(2) does not tell, and need no CAP_SYS_ADMIN. Where that is held, bpf(2) is
 * asked beside, on every way.
 */
export const HOOKS: readonly HookGroupSpec[] = [
  {
    name: 'maps',
    id: GROUP.maps,
    gives: 'every map: sizes, entries that the kernel sums up, rings behind perf event arrays',
    required: true,
    rungs: [
      {
        rung: 'iterator',
        objects: [{ object: 'checks/ebpf/maps' }],
        needs: ['btf', 'bpf_map_iterator', 'probe_read_kernel'],
      },
      {
        rung: 'bpf_syscall',
        objects: [],
        needs: ['object_ids'],
        costs: 'entries are counted, not told by the kernel; rings behind perf event arrays are not known',
      },
    ],
    proof: 'none',
  },
  {
    name: 'programs',
    id: GROUP.programs,
    gives: 'every program, and what it is attached to by its type',
    required: true,
    rungs: [
      {
        rung: 'iterator',
        objects: [{ object: 'checks/ebpf/programs' }],
        needs: ['btf', 'bpf_prog_iterator', 'probe_read_kernel'],
      },
      {
        rung: 'bpf_syscall',
        objects: [],
        needs: ['object_ids'],
        costs: 'what a program is attached to by its type is looked up in BTF, from Linux 5.18 on',
      },
    ],
    proof: 'none',
  },
  {
    name: 'links',
    id: GROUP.links,
    gives: 'what programs are attached by, without CAP_SYS_ADMIN',
    required: false,
    rungs: [
      {
        rung: 'iterator',
        objects: [{ object: 'checks/ebpf/links' }],
        needs: ['btf', 'bpf_link_iterator', 'probe_read_kernel'],
      },
      { rung: 'bpf_syscall', objects: [], needs: ['object_ids'] },
    ],
    proof: 'none',
  },
  {
    name: 'owners',
    id: GROUP.owners,
    gives: 'the processes that hold each map and program',
    required: false,
    rungs: [
      {
        rung: 'iterator',
        objects: [{ object: 'checks/ebpf/holders' }],
        needs: ['btf', 'task_file_iterator', 'probe_read_kernel'],
      },
      {
        rung: 'procfs',
        objects: [],
        needs: [],
        costs:
          'every descriptor of every process is looked at in /proc; programs of perf events without a link have no owners',
      },
    ],
    proof: 'none',
  },
  {
    name: 'mappings',
    id: GROUP.mappings,
    gives: 'who maps each ring buffer',
    required: false,
    rungs: [
      {
        rung: 'iterator',
        objects: [{ object: 'checks/ebpf/mappings' }],
        needs: ['btf', 'task_vma_iterator', 'probe_read_kernel'],
      },
      {
        rung: 'procfs',
        objects: [],
        needs: [],
        costs: 'not known of processes that hold several maps which can be mapped',
      },
    ],
    proof: 'none',
  },
];
