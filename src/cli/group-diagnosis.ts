import { hookSpec } from '../features.js';
import type { HookGroup } from '../kernel/hook-groups.js';
import { refusedExtras } from './refused-extras.js';

/** A hook group in the user's words. */
export interface GroupDiagnosis extends HookGroup {
  /** What it is for, half a sentence. */
  gives: string;
  /** What of that is not there, or costs more than by the best way; half a sentence each. */
  lost: string[];
}

/** What the user gets of a hook group here, and what not. */
export function diagnoseGroup(group: HookGroup): GroupDiagnosis {
  const spec = hookSpec(group.feature, group.name);
  const gives = spec?.gives ?? '';
  if (!group.attached) return { ...group, gives, lost: ['all of it'] };
  const costs = spec?.rungs.find(({ rung }) => rung === group.rung)?.costs;
  return { ...group, gives, lost: [...(costs === undefined ? [] : [costs]), ...refusedExtras(group)] };
}
