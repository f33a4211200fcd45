/** A process that the kernel really kills for want of memory. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readlinkSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inMemoryCgroup } from './memory-cgroup.js';

const GROUP_MEMORY = 32 << 20;
/** A file without a line: tail keeps all of it, to find where the last ones begin. */
const ENDLESS = ['tail', '/dev/zero'] as const;
/** Inode of the first pid namespace (PROC_PID_INIT_INO of linux/proc_ns.h): where process ids are those that records have. */
const FIRST_PIDS = 'pid:[4026531836]';

export interface Killed {
  /** null: this machine's ids are others than the kernel's own. */
  readonly pid: number | null;
  readonly name: string;
}

export interface Killing {
  /** Takes memory without end. */
  readonly command?: readonly [string, ...string[]];
  /** Of the memory cgroup. */
  readonly bytes?: number;
  readonly adjusted?: number;
  /** A cgroup of this name below the one with the limit. */
  readonly below?: string;
  readonly times?: number;
}

/**
 * Lets processes take memory without end, one after the other, in a cgroup of their own.
 * @returns null where no such cgroup can be made
 */
export function killForMemory({
  command = ENDLESS,
  bytes = GROUP_MEMORY,
  adjusted = 0,
  below,
  times = 1,
}: Killing = {}): Promise<Killed[] | null> {
  return inMemoryCgroup(bytes, (file) => {
    const group = below === undefined ? null : join(dirname(file), below);
    if (group !== null) mkdirSync(group);
    const enter = group === null ? file : join(group, 'cgroup.procs');
    try {
      return Array.from({ length: times }, () => killOne(enter, adjusted, command));
    } finally {
      if (group !== null) rmdirSync(group);
    }
  });
}

/** One, by default settings; null where no such cgroup can be made. */
export async function killOneForMemory(): Promise<Killed | null> {
  return (await killForMemory())?.[0] ?? null;
}

function killOne(file: string, adjusted: number, command: readonly [string, ...string[]]): Killed {
  const script = 'echo "$1" >/proc/self/oom_score_adj && echo $$ >"$0" && shift && exec "$@"';
  const killed = spawnSync('sh', ['-c', script, file, `${adjusted}`, ...command], { stdio: 'ignore', timeout: 30_000 });
  if (killed.signal !== 'SIGKILL') throw new Error(`it was not killed: ${killed.status ?? killed.signal}`);
  return { pid: readlinkSync('/proc/self/ns/pid') === FIRST_PIDS ? killed.pid : null, name: command[0] };
}
