import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, all threads. */
export interface Usage {
  cpuNs: number;
  /** Times a thread slept and was woken. */
  wakeups: number;
}

export function usage(pid: number): Usage {
  let cpuNs = 0;
  let wakeups = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${task}`;
    cpuNs += Number(readFileSync(`${path}/schedstat`, 'utf8').split(' ')[0]);
    wakeups += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`${path}/status`, 'utf8'))?.[1] ?? 0);
  }
  return { cpuNs, wakeups };
}

/** Resident bytes: now, and the most there ever were. */
export function resident(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}
