import { hookSpec } from '../features.js';
import type { HookGroup } from '../kernel/hook-groups.js';

/** A sentence where a group runs without programs, with what that costs; undefined otherwise. */
export function lesserWay({ feature, name, rung }: Pick<HookGroup, 'feature' | 'name' | 'rung'>): string | undefined {
  const way = hookSpec(feature, name)?.rungs.find((each) => each.rung === rung);
  return way?.capability === undefined ? undefined : `${name} is by ${way.rung}: ${way.costs}`;
}
