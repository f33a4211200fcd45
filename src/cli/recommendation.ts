import { FEATURES, hookSpec } from '../features.js';
import { inWords, needsCgroup } from '../kernel/cgroup-users.js';
import { isLive } from '../kernel/hook-groups.js';
import { compareVersions } from '../kernel/kernel-version.js';
import type { ProbedFeature } from '../kernel/probes.js';
import type { Diagnosis } from './diagnosis.js';
import type { GroupDiagnosis } from './group-diagnosis.js';

/** The one thing to do that gives most; empty when there is nothing to be had. */
export function recommendation(diagnosis: Omit<Diagnosis, 'recommendation'>): string {
  const { verdict, problems, capabilities, cgroup2, refused, hook_groups: groups } = diagnosis;
  const [problem = ''] = problems;
  // It says itself what to do.
  if (verdict !== 'ok' && verdict !== 'degraded') return problem;
  const off = groups.filter((group) => !isLive(group));
  const whole = refused.map(({ feature }) => feature).filter(isNothingWithoutCgroup);
  if (capabilities.some(({ name, held }) => name === 'net_admin' && !held)) {
    return `Run it with CAP_NET_ADMIN too, or as root: ${thenWork([...whole, ...off.map(({ name }) => name)])}`;
  }
  const users = [...whole, ...off.filter(isOnCgroup).map(({ name }) => name)];
  if (users.length > 0 && cgroup2 === null) {
    return `Mount a cgroup v2 hierarchy (mount -t cgroup2 none /sys/fs/cgroup): ${thenWork(users)}`;
  }
  return newer(diagnosis) || allow(diagnosis) || '';
}

function isOnCgroup({ feature, name }: GroupDiagnosis): boolean {
  const spec = hookSpec(feature, name);
  return spec !== undefined && needsCgroup(spec);
}

function isNothingWithoutCgroup(feature: string): boolean {
  return FEATURES.some(
    ({ name, hooks }) => name === feature && hooks.some((group) => group.required && needsCgroup(group)),
  );
}

/** The Linux that has all that the best ways need. */
function newer({ kernel, rungs, features, hook_groups: groups }: Omit<Diagnosis, 'recommendation'>): string {
  const rows = new Map<string, ProbedFeature>([...rungs, ...features].map((row) => [row.name, row]));
  const lacks = groups
    .filter(({ lost }) => lost.length > 0)
    .flatMap((group) => missingOf(group, rows, kernel.release).map(({ since }) => ({ group, since })));
  if (lacks.length === 0) return '';
  const off = lacks.filter(({ group }) => !group.attached);
  const { since, names } = latest(off.length > 0 ? off : lacks);
  if (off.length > 0) return `Boot Linux ${since} or later: ${thenWork(names)}`;
  return `Nothing has to be done; Linux ${since} or later does without what is said above of ${inWords(names)}.`;
}

/** The version that has all of it, and what that is. */
function latest(lacks: readonly { group: GroupDiagnosis; since: string }[]): { since: string; names: string[] } {
  const since = lacks.map((lack) => lack.since).reduce((a, b) => (compareVersions(a, b) < 0 ? b : a));
  return { since, names: [...new Set(lacks.map(({ group }) => group.name))] };
}

function missingOf(group: GroupDiagnosis, rows: ReadonlyMap<string, ProbedFeature>, release: string): ProbedFeature[] {
  const [best] = hookSpec(group.feature, group.name)?.rungs ?? [];
  return (best?.needs ?? []).flatMap((need) => {
    const row = rows.get(need);
    return row?.status === 'missing' && compareVersions(release, row.since) < 0 ? [row] : [];
  });
}

/** What a policy forbids that a group is off for. */
function allow({ rungs, features, hook_groups: groups }: Omit<Diagnosis, 'recommendation'>): string {
  for (const group of groups.filter(({ attached }) => !attached)) {
    for (const { needs } of hookSpec(group.feature, group.name)?.rungs ?? []) {
      const refused = [...rungs, ...features].find(({ name, status }) => status === 'refused' && needs.includes(name));
      if (refused !== undefined) return `Allow conntrail this: ${refused.title}. ${thenWork([group.name])}`;
    }
  }
  return '';
}

function thenWork(names: readonly string[]): string {
  return `${inWords(names)} then ${names.length === 1 ? 'works' : 'work'}.`;
}
