import type { HookGroupSpec } from '../../pipeline/hooks.js';
import { GROUP } from './layout.gen.js';

/** Who is killed, and whose allocation was the occasion: all that no kernel is without. */
const VICTIM = { object: 'checks/oom_kill/oom_kill' };

/** Where the kernel tells of a kill. */
export const HOOKS: readonly HookGroupSpec[] = [
  {
    name: 'victim',
    id: GROUP.victim,
    gives: 'every process that the kernel kills for want of memory, and whose allocation was the occasion',
    required: true,
    rungs: [
      {
        rung: 'fentry',
        objects: [{ object: 'checks/oom_kill/choice_fentry' }, VICTIM],
        needs: ['btf', 'fentry', 'tp_btf', 'ring_buffer'],
      },
      {
        rung: 'kprobe',
        objects: [{ object: 'checks/oom_kill/choice_kprobe' }, VICTIM],
        needs: ['btf', 'kprobe', 'tp_btf', 'ring_buffer'],
      },
      {
        rung: 'tp_btf',
        objects: [VICTIM],
        needs: ['btf', 'tp_btf', 'ring_buffer'],
        costs: 'without what had no room left, its limit, and the score; before Linux 6.9 of the victim its pid alone',
      },
    ],
    // Nobody wants a process killed to prove it.
    proof: 'none',
  },
];
