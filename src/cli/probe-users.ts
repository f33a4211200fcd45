import { FEATURES } from '../features.js';
import { inWords } from '../kernel/cgroup-users.js';
import type { ProbeName } from '../kernel/probe-table.js';
import type { ProbedFeature } from '../kernel/probes.js';

/** What became of a probe, with what it is good for in any case. */
export interface ToldProbe extends ProbedFeature {
  gives: string;
}

/** What the table does not say it is good for, the hook groups do that need it. */
export function told(probe: ProbedFeature): ToldProbe {
  return { ...probe, gives: probe.gives ?? inWords(probeUsers(probe.name)) };
}

/** The hook groups that need a row of the probe table, by title, those in which only an option needs it with that. */
export function probeUsers(probe: ProbeName): string[] {
  const users = FEATURES.flatMap(({ name: feature, hooks }) =>
    hooks.flatMap(({ title, name, rungs }) => {
      const who = title ?? name;
      if (rungs.some(({ needs }) => needs.includes(probe))) return [who];
      const objects = rungs.flatMap(({ objects }) => objects.filter(({ needs }) => needs?.includes(probe) === true));
      return objects.map(({ option }) => (option === undefined ? who : `${who} with ${optionText(feature, option)}`));
    }),
  );
  return [...new Set(users)];
}

/** As it is given on the command line: those of the connections are options of their own. */
function optionText(feature: string, option: string): string {
  return feature === 'connections'
    ? `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    : `--set ${feature}.${option}`;
}
