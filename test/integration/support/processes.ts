import { spawnSync } from 'node:child_process';

/** Ids of the processes that a process began, and that are there. */
export function childrenOf(pid: number): number[] {
  // Its status is 1 when there are none.
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}
