import { statfsSync, statSync } from 'node:fs';
import type { ConnectionFilter } from '../connections/filter.js';
import { ConntrailError } from '../errors.js';
import { cgroupRoot } from '../kernel/host.js';
import { type FilterText, filterItems, isPath, PLACES } from './filter-text.js';
import { parseFilterText } from './parse-filter.js';

/** f_type of statfs(2). */
const CGROUP2_MAGIC = 0x63677270;
const NSFS_MAGIC = 0x6e736673;

/** How a path becomes the number that records carry. */
const NUMBER_OF = { cgroup: cgroupId, netns: namespaceInode } as const;

/** Whether a filter names cgroups or network namespaces by paths, which only this host can look up. */
export function hasPaths(text: FilterText): boolean {
  return PLACES.some((name) => filterItems(text[name] ?? []).some((item) => isPath(name, item)));
}

/**
 * The same filter with a number in the place of each path, as it is on this host now.
 * @throws ConntrailError CONNTRAIL_OPTION when there is no such cgroup or namespace
 */
export function settleFilter(text: FilterText): FilterText {
  const settled: FilterText = { ...text };
  for (const name of PLACES) {
    const value = text[name];
    if (value === undefined) continue;
    settled[name] = filterItems(value).map((item) => {
      const place = isPath(name, item) ? String(NUMBER_OF[name](item.text)) : item.text;
      return item.negated ? `!${place}` : place;
    });
  }
  return settled;
}

/**
 * A filter from text, in the grammar of the command line: `parseFilter({ port: '443,8000-8999', name: '!curl' })`. Paths of cgroups and
 * network namespaces are looked up on this host.
 *
 * @returns undefined when the text asks for nothing
 * @throws ConntrailError CONNTRAIL_OPTION, naming the word that cannot be
 */
export function parseFilter(text: FilterText): ConnectionFilter | undefined {
  return parseFilterText(hasPaths(text) ? settleFilter(text) : text);
}

/** A path is that of the directory, or as /proc/PID/cgroup has it. */
function cgroupId(path: string): number {
  const root = cgroupRoot();
  if (root === null) throw new ConntrailError('CONNTRAIL_OPTION', `${path}: no cgroup v2 is mounted; give the id.`);
  const inside = path === root || path.startsWith(`${root}/`);
  return inode(inside ? path : root + path, CGROUP2_MAGIC, `${path} is no cgroup of this host; see ${root}.`);
}

function namespaceInode(path: string): number {
  return inode(path, NSFS_MAGIC, `${path} is no namespace of this host; give /proc/PID/ns/net or its inode.`);
}

function inode(path: string, type: number, otherwise: string): number {
  try {
    if (statfsSync(path).type === type) return statSync(path).ino;
  } catch (cause) {
    throw new ConntrailError('CONNTRAIL_OPTION', otherwise, { cause });
  }
  throw new ConntrailError('CONNTRAIL_OPTION', otherwise);
}
