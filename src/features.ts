import { EBPF } from './checks/ebpf/feature.js';
import { OOM_KILL } from './checks/oom-kill/feature.js';
import { TCP_QUEUE_LENGTH } from './checks/tcp-queue-length/feature.js';
import { CONNECTIONS } from './connections/feature.js';
import { DNS } from './dns/feature.js';
import type { Feature } from './pipeline/feature.js';
import type { HookGroupSpec } from './pipeline/hooks.js';

/** Every feature there is. The order is that of the pipeline. */
export const FEATURES: readonly Feature[] = [
  // Whoever adds to another's records comes before it.
  DNS as Feature,
  CONNECTIONS as Feature,
  OOM_KILL as Feature,
  EBPF as Feature,
  TCP_QUEUE_LENGTH as Feature,
];

/** The row of a hook group; undefined: of a feature that this version does not know. */
export function hookSpec(feature: string, group: string): HookGroupSpec | undefined {
  return FEATURES.find(({ name }) => name === feature)?.hooks.find(({ name }) => name === group);
}

const SET_ASIDE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  FEATURES.map(({ name, setAside = [] }) => [name, new Set(setAside)]),
);
const NOTHING: ReadonlySet<string> = new Set();

/** Causes of a feature's discards that are no losses. @param feature by name; of one that this version does not know, none */
export function setAside(feature: string): ReadonlySet<string> {
  return SET_ASIDE.get(feature) ?? NOTHING;
}
