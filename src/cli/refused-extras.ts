import { FEATURES } from '../features.js';
import type { HookGroup } from '../kernel/hook-groups.js';

/** A sentence for each program that was asked for beside the group's own work, and is refused. */
export function refusedExtras({ programs }: Pick<HookGroup, 'programs'>): string[] {
  return programs
    .filter(({ optional, attached }) => optional && !attached)
    .map(({ object, program, reason }) => `${withoutIt(object)}: ${program}: ${reason}`);
}

/** What is not told where an object is refused that its group can do without. */
function withoutIt(object: string): string {
  const groups = FEATURES.flatMap(({ hooks }) => hooks);
  const objects = groups.flatMap(({ rungs }) => rungs.flatMap((rung) => rung.objects));
  return objects.find((spec) => spec.object === object)?.without ?? object;
}
