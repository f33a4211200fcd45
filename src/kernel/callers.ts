import type { Feature } from '../pipeline/feature.js';
import type { HookGroupSpec, ObjectSpec } from '../pipeline/hooks.js';
import type { HookGroup } from './hook-groups.js';

/** A program that calls whatever is put into a map. */
export interface Caller {
  readonly feature: string;
  readonly program: string;
}

/** A feature and what became of its hooks. */
interface Hooked {
  readonly feature: Pick<Feature, 'name' | 'hooks'>;
  readonly groups: readonly HookGroup[];
}

/** The program that calls what is in this map, of features that are loaded; null: none. */
export function callerOf(map: string, loaded: readonly Hooked[]): Caller | null {
  for (const { feature, groups } of loaded) {
    for (const group of groups) {
      const program = liveObjects(feature.hooks, group).flatMap(({ calls }) => calls?.[map] ?? [])[0];
      if (program === undefined) continue;
      if (group.programs.some((each) => each.attached && each.program === program)) {
        return { feature: feature.name, program };
      }
    }
  }
  return null;
}

/** Of programs that are not attached: program → the one that calls it. */
export function calledPrograms(
  hooks: readonly HookGroupSpec[],
  groups: readonly HookGroup[],
  caller: (map: string) => Caller | null,
): Map<string, Caller> {
  const called = groups.flatMap((group) =>
    liveObjects(hooks, group).flatMap((object) => Object.entries(object.called ?? {})),
  );
  const found = called.map(([program, map]) => [program, caller(map)] as const);
  return new Map(found.filter((each): each is readonly [string, Caller] => each[1] !== null));
}

function liveObjects(hooks: readonly HookGroupSpec[], { name, rung, attached }: HookGroup): readonly ObjectSpec[] {
  if (!attached) return [];
  return hooks.find((spec) => spec.name === name)?.rungs.find((each) => each.rung === rung)?.objects ?? [];
}
