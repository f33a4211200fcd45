/** A process that the kernel really kills for want of memory. */
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { inMemoryCgroup } from './memory-cgroup.js';

const GROUP_MEMORY = 32 << 20;
/** Inode of the first pid namespace (PROC_PID_INIT_INO of linux/proc_ns.h): where process ids are those that records have. */
const FIRST_PIDS = 'pid:[4026531836]';

export interface Killed {
  /** null: this machine's ids are others than the kernel's own. */
  readonly pid: number | null;
  readonly name: string;
}

/**
 * Lets one process take memory without end in a cgroup of its own.
 * @returns null where no such cgroup can be made
 */
export async function killOneForMemory(): Promise<Killed | null> {
  const killed = await inMemoryCgroup(GROUP_MEMORY, (group) =>
    // A file without a line: tail keeps all of it, to find where the last ones begin.
    spawnSync('sh', ['-c', 'echo $$ >"$0" && exec tail /dev/zero', group], { stdio: 'ignore', timeout: 30_000 }),
  );
  if (killed === null) return null;
  if (killed.signal !== 'SIGKILL') throw new Error(`it was not killed: ${killed.status ?? killed.signal}`);
  return { pid: readlinkSync('/proc/self/ns/pid') === FIRST_PIDS ? killed.pid : null, name: 'tail' };
}
