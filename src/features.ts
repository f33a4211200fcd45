import { OOM_KILL } from './checks/oom-kill/feature.js';
import { CONNECTIONS } from './connections/feature.js';
import type { Feature } from './pipeline/feature.js';
import type { HookGroupSpec } from './pipeline/hooks.js';

/** Every feature there is. The order is that of the pipeline. */
export const FEATURES: readonly Feature[] = [
  // Whoever adds to another's records comes before it.
  CONNECTIONS as Feature,
  OOM_KILL as Feature,
];

/** The row of a hook group; undefined: of a feature that this version does not know. */
export function hookSpec(feature: string, group: string): HookGroupSpec | undefined {
  return FEATURES.find(({ name }) => name === feature)?.hooks.find(({ name }) => name === group);
}
