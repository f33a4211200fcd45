/** What the kernel's log says of kills for want of memory (mm/oom_kill.c: dump_oom_victim, __oom_kill_process; mm/memcontrol.c). */
import { spawnSync } from 'node:child_process';

export interface LoggedKill {
  readonly pid: number;
  readonly name: string;
  readonly uid: number;
  readonly adjusted: number;
  /** kB. */
  readonly total: number;
  readonly anon: number;
  readonly file: number;
  readonly shmem: number;
  /** Whether a memory cgroup had no room left. */
  readonly isOfCgroup: boolean;
  /** What the log says of the choice; null: nothing, it does so but a few times in a row, and of the chosen one of a group alone. */
  readonly choice: Choice | null;
}

interface Choice {
  readonly pid: number;
  /** In the words of the log: `MEMCG`, `NONE`. */
  readonly constraint: string;
  /** Path of the memory cgroup that had no room left; null: it was none. */
  readonly memoryCgroup: string | null;
  /** Path of the memory cgroup of the one that was chosen. */
  readonly cgroup: string;
}

const CHOICE =
  /oom-kill:constraint=CONSTRAINT_(\w+),.*?(?:oom_memcg=(\S+?)|global_oom),task_memcg=(\S+?),task=.*,pid=(\d+),uid=\d+$/;
const KILL =
  /Killed process (\d+) \((.*)\) total-vm:(\d+)kB, anon-rss:(\d+)kB, file-rss:(\d+)kB, shmem-rss:(\d+)kB, UID:(\d+) pgtables:\d+kB oom_score_adj:(-?\d+)$/;

/** The kills of a log, in order; one process is told twice where it is killed with its group as well. */
export function loggedKills(log: string): LoggedKill[] {
  const kills: LoggedKill[] = [];
  let choice: Choice | null = null;
  for (const line of log.split('\n')) {
    const chosen = CHOICE.exec(line);
    if (chosen !== null) {
      const [, constraint, memoryCgroup = null, cgroup, pid] = chosen;
      choice = { constraint: constraint!, memoryCgroup, cgroup: cgroup!, pid: Number(pid) };
    }
    const killed = KILL.exec(line);
    if (killed === null) continue;
    const [pid, , total, anon, file, shmem, uid, adjusted] = killed.slice(1).map(Number) as number[];
    kills.push({
      pid: pid!,
      name: killed[2]!,
      uid: uid!,
      adjusted: adjusted!,
      total: total!,
      anon: anon!,
      file: file!,
      shmem: shmem!,
      isOfCgroup: line.includes('Memory cgroup out of memory'),
      choice: choice?.pid === pid ? choice : null,
    });
  }
  return kills;
}

/** The kernel's log of this host; null where it is not to be read. */
export function kernelLog(): string | null {
  const { status, stdout } = spawnSync('dmesg', { encoding: 'utf8', maxBuffer: 64 << 20 });
  return status === 0 ? stdout : null;
}

/** What is compared of an `oom_kill` record. */
export interface ToldKill {
  readonly victim: {
    readonly pid: number;
    readonly name: string | null;
    readonly uid: number | null;
    readonly cgroup: string | null;
    readonly oom_score_adj: number | null;
    readonly total_pages: number | null;
    readonly anon_pages: number | null;
    readonly file_pages: number | null;
    readonly shmem_pages: number | null;
  };
  readonly scope: string | null;
  readonly memory_cgroup: { readonly path: string | null; readonly limit_pages: number | null } | null;
  readonly score: number | null;
  readonly page_size: number;
  readonly source: string;
}

const SCOPES: Readonly<Record<string, string>> = {
  NONE: 'system',
  CPUSET: 'cpuset',
  MEMORY_POLICY: 'mempolicy',
  MEMCG: 'cgroup',
};

/**
 * Where a record and the log differ, a sentence each.
 * @param cpus of the machine: each may hold a batch of pages back from a counter
 */
export function differences(told: ToldKill, logged: LoggedKill, cpus: number): string[] {
  const { victim, page_size: pageSize } = told;
  const wrong: string[] = [];
  const equal = (what: string, found: unknown, right: unknown): void => {
    if (found !== right) wrong.push(`${what} is ${String(found)}, in the log ${String(right)}`);
  };
  // lib/percpu_counter.c: compute_batch_value. The log of newer kernels has what CPUs have yet to add.
  const most = Math.max(32, 2 * cpus) * cpus;
  const near = (what: string, pages: number | null, kilobytes: number): void => {
    const right = (kilobytes * 1024) / pageSize;
    if (pages === null || Math.abs(pages - right) > most) wrong.push(`${what} is ${pages} pages, in the log ${right}`);
  };
  equal('pid', victim.pid, logged.pid);
  equal('name', victim.name, logged.name);
  equal('uid', victim.uid, logged.uid);
  equal('oom_score_adj', victim.oom_score_adj, logged.adjusted);
  equal('total_pages', ((victim.total_pages ?? -1) * pageSize) / 1024, logged.total);
  near('anon_pages', victim.anon_pages, logged.anon);
  near('file_pages', victim.file_pages, logged.file);
  near('shmem_pages', victim.shmem_pages, logged.shmem);
  const isTold = told.source !== 'tracepoint';
  equal('scope', told.scope === null ? null : told.scope === 'cgroup', isTold ? logged.isOfCgroup : null);
  equal('a score', told.score !== null, isTold);
  const { choice } = logged;
  if (choice === null) return wrong;
  equal('scope', told.scope, isTold ? SCOPES[choice.constraint] : null);
  equal('memory_cgroup', told.memory_cgroup?.path ?? null, isTold ? choice.memoryCgroup : null);
  // The log has the nearest cgroup above that has the memory controller.
  const { cgroup: above } = choice;
  const isWithin = victim.cgroup === above || above === '/' || victim.cgroup?.startsWith(`${above}/`) === true;
  equal('victim.cgroup within the log’s', isWithin, true);
  return wrong;
}
