import { ENTRIES_BY, KIND, PROGRAM } from '../../src/checks/ebpf/layout.gen.js';
import { mapFrame, programFrame, roundFrame } from '../support/ebpf-frames.js';
import type { FeatureFrames } from './feature-frames.js';

const OPTIONS = { programs: 64, modules: 4 };
const SECOND = 1_000_000_000;

/** Round `n + 1`: one map, one program, and its end. */
function payload(kind: number, n: number): Uint8Array {
  const bootNs = SECOND * (n + 2);
  const round = n + 1;
  const owners = [{ pid: 100 + n, name: `loader-${n % 7}`, startNs: 1 + n }];
  const common = { bootNs, round, owners, memlock: 4096 * (n + 1), name: `object-${n}` };
  if (kind === KIND.map)
    return mapFrame({ ...common, id: 7, type: 'hash', entries: { count: n, by: ENTRIES_BY.kernel_sum } });
  if (kind === KIND.program) {
    const runs = { timeNs: 1000 * n, count: 10 * n };
    return programFrame({ ...common, id: 9, type: 'kprobe', runs, statisticsSinceNs: SECOND, xlatedBytes: 96 + n });
  }
  return roundFrame({ beganNs: bootNs - 1000, endedNs: bootNs, round, maps: 1, programs: 1 });
}

export const frames: FeatureFrames = {
  options: OPTIONS,
  recorded: { interval: 15_000, counting: 50, ...OPTIONS },
  order: [KIND.map, KIND.program, KIND.round],
  frame: (kind, n) => ({ payload: payload(kind, n), fresh: kind === KIND.round ? 0 : 1 }),
  // One round without end, of programs and owners that are all different.
  flood: {
    kind: KIND.program,
    renew: (view, n) => {
      view.setUint32(PROGRAM.object_id, 1 + n, true);
      view.setUint32(PROGRAM.object_owner + 16, 0x61616161 + n, true);
    },
  },
  most: { programs: OPTIONS.programs, modules: OPTIONS.modules },
};
