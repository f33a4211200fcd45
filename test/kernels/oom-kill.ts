/** The record of the one process that the guest let be killed. */
import { readFileSync } from 'node:fs';
import { type Boot, groupsOf } from './guest.js';

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

/** Records of kills, without what oom-kills.test.ts compares with the kernel's log, and what no test can know beforehand. */
export function readKills(path: string): Omit<KillLine, 'record'>[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"record":"oom_kill"'))
    .map((line) => JSON.parse(line) as KillLine)
    .map(({ seq, victim: { pid, name, uid, oom_score_adj }, trigger }) => ({
      seq,
      victim: { pid, name, uid, oom_score_adj },
      trigger: { pid: trigger.pid, name: trigger.name, uid: trigger.uid },
    }));
}

/** Whether more of the victim is told than its process id: by the tracepoint there, or by the way that is live. */
export function describesVictim(described: boolean, { diagnoses }: Boot): boolean {
  return described || groupsOf(diagnoses.doctor!)['oom_kill.victim']?.rung !== 'tp_btf';
}

/** @param described more of the victim is told than its process id */
export function expectedKill(pid: number, described: boolean): Omit<KillLine, 'record'> {
  const unknown = { name: null, uid: null, oom_score_adj: null };
  return {
    seq: 1,
    victim: { pid, ...(described ? { name: 'victim', uid: 0, oom_score_adj: 100 } : unknown) },
    // It asked for the memory itself.
    trigger: { pid, name: 'victim', uid: 0 },
  };
}
