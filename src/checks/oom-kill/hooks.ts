import type { HookGroupSpec } from '../../pipeline/hooks.js';
import { GROUP } from './layout.gen.js';

/** Where the kernel tells of a kill. */
export const HOOKS: readonly HookGroupSpec[] = [
  {
    name: 'victim',
    id: GROUP.victim,
    gives: 'every process that the kernel kills for want of memory, and whose allocation was the occasion',
    required: true,
    rungs: [
      {
        rung: 'tracepoint',
        objects: [{ object: 'checks/oom_kill/oom_kill' }],
        needs: ['btf', 'raw_tracepoint', 'ring_buffer'],
      },
    ],
    // Nobody wants a process killed to prove it.
    proof: 'none',
  },
];
