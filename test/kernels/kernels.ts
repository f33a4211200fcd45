/** The kernels that are booted, and what of the tracer works there, by the tables that the loader reads. */
import { FEATURES } from '../../src/features.js';
import { compareVersions } from '../../src/kernel/kernel-version.js';
import { PROBES, type ProbeName, type ProbeSpec, WAYS } from '../../src/kernel/probe-table.js';

export interface Kernel {
  /** As vm/run takes it: a version of which the newest package is taken, or `newest`. */
  readonly name: string;
  /** Runs unless others are asked for. */
  readonly byDefault: boolean;
  /** conntrail does not run there, and says so in this sentence. */
  readonly refused?: string;
}

export const KERNELS: readonly Kernel[] = [
  { name: '5.10', byDefault: true },
  { name: '6.1', byDefault: true },
  { name: '6.12', byDefault: true },
  { name: '6.18', byDefault: true },
  { name: '6.19', byDefault: false },
  { name: '7.0', byDefault: false },
  { name: 'newest', byDefault: true },
];

/** Those of CONNTRAIL_KERNELS ("6.1 newest"), else the default ones. */
export function chosenKernels(): readonly Kernel[] {
  const names = (process.env.CONNTRAIL_KERNELS ?? '').split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0) return KERNELS.filter(({ byDefault }) => byDefault);
  return names.map((name) => KERNELS.find((known) => known.name === name) ?? { name, byDefault: false });
}

/** What is to become of a hook group. */
export interface ExpectedGroup {
  readonly rung: string | null;
  /** In doctor's words, why it is on none. */
  readonly lack: string | null;
}

const PROBE = new Map([...WAYS, ...PROBES].map((probe) => [probe.name, probe]));

const lackOf = ({ title, since, mend }: ProbeSpec) =>
  `${title}: needs Linux ${since} or later${mend === undefined ? '' : `; ${mend}`}`;

/**
 * By feature and group: the first rung of which this version has all that it needs. Nothing but the version stands in the way of any there.
 * @param release as uname tells it
 */
export function expectedGroups(release: string): Readonly<Record<string, ExpectedGroup>> {
  const lacks = (needs: readonly ProbeName[]) =>
    needs.filter((name) => compareVersions(release, PROBE.get(name)!.since) < 0);
  const expected = FEATURES.flatMap(({ name: feature, hooks }) =>
    hooks.map(({ name, rungs: all }): [string, ExpectedGroup] => {
      // The guests set no options: ways that one of them opens are not tried.
      const rungs = all.filter(({ option }) => option === undefined);
      const found = rungs.find(({ needs }) => lacks(needs).length === 0);
      // What the last one lacks, which asks least.
      const [first] = found === undefined ? lacks(rungs.at(-1)!.needs) : [];
      return [
        `${feature}.${name}`,
        { rung: found?.rung ?? null, lack: first === undefined ? null : lackOf(PROBE.get(first)!) },
      ];
    }),
  );
  return Object.fromEntries(expected);
}

/** Features that do not run there at all, since nothing gives a group that they require: what of it is missing, in doctor's words. */
export function expectedRefusals(release: string): Readonly<Record<string, string>> {
  const groups = expectedGroups(release);
  const refused = FEATURES.flatMap(({ name: feature, hooks }) => {
    const lacking = hooks.filter(({ name, required }) => required && groups[`${feature}.${name}`]!.rung === null);
    return lacking.slice(0, 1).map(({ name }): [string, string] => [feature, groups[`${feature}.${name}`]!.lack!]);
  });
  return Object.fromEntries(refused);
}
