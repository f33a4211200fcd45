/** A cgroup with a limit of memory, of whichever version this machine has. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where groups with the memory controller can be made, and the name of the limit there. */
const PLACES = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', controllers: null },
  { root: '/sys/fs/cgroup', limit: 'memory.max', controllers: 'cgroup.subtree_control' },
] as const;

/** ms: a group is busy for a moment after its last process has ended. */
const BUSY_MS = 2000;

function place() {
  return PLACES.find(({ root, controllers }) => {
    if (!existsSync(join(root, 'cgroup.procs'))) return false;
    return controllers === null || /\bmemory\b/.test(readFileSync(join(root, controllers), 'utf8'));
  });
}

/** Calls `body` with the file into which a process writes its id to be in the group; null where no group can be made. */
export async function inMemoryCgroup<T>(bytes: number, body: (file: string) => T | Promise<T>): Promise<T | null> {
  const found = place();
  if (found === undefined) return null;
  const group = join(found.root, `conntrail-test-${process.pid}`);
  try {
    mkdirSync(group);
    writeFileSync(join(group, found.limit), `${bytes}`);
    // Else its memory would only be moved.
    if (existsSync(join(group, 'memory.swap.max'))) writeFileSync(join(group, 'memory.swap.max'), '0');
  } catch {
    return null;
  }
  try {
    return await body(join(group, 'cgroup.procs'));
  } finally {
    await remove(group);
  }
}

async function remove(group: string): Promise<void> {
  for (const deadline = performance.now() + BUSY_MS; ; await sleep(50)) {
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}
