import type { NativeTracer } from '../native/index.js';
import type { HookGroupSpec } from '../pipeline/hooks.js';
import { closeCgroup, openCgroup } from './cgroup.js';
import type { HookGroup } from './hook-groups.js';

/** Sections of programs that have no link. */
const CALLED = new Set(['syscall', 'socket']);

/** The hook groups of one feature, and where they come from. */
export interface AttachedFeature {
  readonly feature: { readonly name: string; readonly hooks: readonly HookGroupSpec[] };
  readonly groups: readonly HookGroup[];
}

/**
 * Attaches anew what brings the silent groups of a feature: the links that were taken away, of whichever of its groups, since one may count what
 * another one needs; or, when none was, all those of the silent groups. What the programs have in their maps stays.
 * @param cgroup as openCgroup takes it
 * @returns '' or, in half a sentence, why it is not attached anew
 */
export function reattach(
  native: Pick<NativeTracer, 'relink'>,
  { feature, groups }: AttachedFeature,
  silent: readonly HookGroup[],
  cgroup: string | null | undefined,
): string {
  const attached = groups.flatMap((group) =>
    group.programs
      .filter((program) => program.attached && !CALLED.has(program.section))
      .map(({ program, section, object }) => ({
        program,
        section,
        map: mapOf(feature.hooks, group, object, program),
        wanted: silent.includes(group),
      })),
  );
  // A program of an object that two groups have is attached once.
  const programs = [...new Map(attached.map((each) => [each.program, each])).values()];
  const root = openCgroup(cgroup);
  try {
    const relinked = native.relink(feature.name, programs, root.descriptor);
    if (relinked.length === 0) return 'it has no programs that are attached to anything';
    return relinked
      .filter(({ errno }) => errno !== 0)
      .map(({ program, reason }) => `${program}: ${reason}`)
      .join(', ');
  } finally {
    closeCgroup(root);
  }
}

/** The map that a program iterates over; '': none. */
function mapOf(hooks: readonly HookGroupSpec[], { name, rung }: HookGroup, object: string, program: string): string {
  const spec = hooks.find((each) => each.name === name)?.rungs.find((each) => each.rung === rung);
  return spec?.objects.find((each) => each.object === object)?.iterators?.[program] ?? '';
}
