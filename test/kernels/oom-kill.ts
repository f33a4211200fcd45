/** The record of the one process that the guest let be killed. */
import { readFileSync } from 'node:fs';

interface KillLine {
  readonly record: string;
  readonly seq: number;
  readonly victim: {
    readonly pid: number;
    readonly name: string | null;
    readonly uid: number | null;
    readonly oom_score_adj: number | null;
  };
  readonly trigger: { readonly pid: number; readonly name: string; readonly uid: number };
}

/** Records of kills, without what no test can know beforehand: time, cgroup and identity of the run. */
export function readKills(path: string): Omit<KillLine, 'record'>[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"record":"oom_kill"'))
    .map((line) => JSON.parse(line) as KillLine)
    .map(({ seq, victim, trigger: { pid, name, uid } }) => ({ seq, victim, trigger: { pid, name, uid } }));
}

/** @param described the tracepoint tells more of the victim than its process id */
export function expectedKill(pid: number, described: boolean): Omit<KillLine, 'record'> {
  const unknown = { name: null, uid: null, oom_score_adj: null };
  return {
    seq: 1,
    victim: { pid, ...(described ? { name: 'victim', uid: 0, oom_score_adj: 100 } : unknown) },
    // It asked for the memory itself.
    trigger: { pid, name: 'victim', uid: 0 },
  };
}
