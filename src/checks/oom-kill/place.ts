import { containerOf, RUNTIMES } from '../../cgroups/container.js';
import { readCgroupPath, safeName } from '../../cgroups/path.js';
import type { Place } from './oom-kill-source.js';

/** Reads a `struct ct_cgroup_path` at a byte offset; null: no place is known. */
export function placeAt(u8: Uint8Array, at: number): Place | null {
  const path = readCgroupPath(u8, at);
  if (path === null) return null;
  const found = containerOf(path.names);
  if (found === null) return { text: path.text, container: null };
  const runtime = found.runtime === null ? null : RUNTIMES.indexOf(found.runtime);
  return { text: path.text, container: { id: safeName(found.id), runtime } };
}
