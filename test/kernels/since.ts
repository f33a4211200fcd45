import { compareVersions } from '../../src/kernel/kernel-version.js';
import type { ProbedFeature } from '../../src/kernel/probes.js';

type Row = Pick<ProbedFeature, 'name' | 'since' | 'status'>;

/** Rows of the table of probes that a kernel contradicts, in a few words each: what it has before it can, or lacks though it is there. */
export function contradictions(rows: readonly Row[], release: string): string[] {
  const has = (since: string) => compareVersions(release, since) >= 0;
  return rows
    .filter(({ since, status }) => (status === 'works' && !has(since)) || (status === 'missing' && has(since)))
    .map(({ name, since, status }) => `${name} ${status} on ${release}, since ${since}`);
}
