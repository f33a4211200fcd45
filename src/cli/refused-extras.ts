import { FEATURES } from '../features.js';
import type { HookGroup } from '../kernel/hook-groups.js';

/** A sentence for each thing that was asked for beside the group's own work, and is refused. */
export function refusedExtras({ programs }: Pick<HookGroup, 'programs'>): string[] {
  const sentences = new Map<string, string>();
  for (const { object, program, reason, optional, attached } of programs) {
    if (!optional || attached) continue;
    const lost = withoutIt(object);
    // Of several programs for one thing the first says enough.
    if (!sentences.has(lost)) sentences.set(lost, `${lost}: ${program}: ${reason}`);
  }
  return [...sentences.values()];
}

/** What is not told where an object is refused that its group can do without. */
function withoutIt(object: string): string {
  const groups = FEATURES.flatMap(({ hooks }) => hooks);
  const objects = groups.flatMap(({ rungs }) => rungs.flatMap((rung) => rung.objects));
  return objects.find((spec) => spec.object === object)?.without ?? object;
}
