import { closeSync, constants, openSync } from 'node:fs';
import type { Probe } from '../native/index.js';
import { addon } from './addon.js';
import { cgroupRoot } from './host.js';

let tried: readonly Probe[] | undefined;

/**
 * What this kernel can do, tried once per process: it takes a tenth of a second.
 * @throws ConntrailError CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED
 */
export function kernelProbes(): readonly Probe[] {
  tried ??= probe();
  return tried;
}

function probe(): readonly Probe[] {
  const cgroup = openRoot();
  try {
    return addon().probe(cgroup);
  } finally {
    if (cgroup >= 0) closeSync(cgroup);
  }
}

function openRoot(): number {
  const path = cgroupRoot();
  try {
    return path === null ? -1 : openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return -1;
  }
}
