import type { HookGroupSpec, RungSpec } from '../pipeline/hooks.js';
import { type Capability, holds } from './capabilities.js';

interface Hooked {
  readonly hooks: readonly HookGroupSpec[];
}

/** What is to be traced, and with what options. */
export interface WantedHooks {
  readonly feature: Hooked;
  readonly options: unknown;
}

/**
 * The capability with which all of these run where no program may be loaded: each group that is required has a way that takes nothing else. undefined:
 * they need programs.
 */
export function goesWithout(wanted: readonly WantedHooks[]): Capability | undefined {
  const ways = wanted.flatMap(({ feature, options }) =>
    requiredOf(feature).map(({ rungs }) => rungs.find((rung) => rung.capability !== undefined && isSet(options, rung))),
  );
  return ways.every((way) => way !== undefined) ? ways[0]?.capability : undefined;
}

/** What runs with these capabilities where no program may be loaded, one sentence each. */
export function runsWithout(effective: bigint, features: readonly (Hooked & { readonly name: string })[]): string[] {
  return features.flatMap((feature) =>
    requiredOf(feature).flatMap(({ rungs }) =>
      rungs
        .filter(({ capability }) => capability !== undefined && holds(capability, effective))
        .map(({ rung, option, costs }) => `${feature.name} runs all the same with ${option} (${rung}): ${costs}.`),
    ),
  );
}

function requiredOf({ hooks }: Hooked): HookGroupSpec[] {
  return hooks.filter(({ required }) => required);
}

function isSet(options: unknown, { option }: RungSpec): boolean {
  if (option === undefined) return true;
  const value = (options as Readonly<Record<string, unknown>> | undefined)?.[option];
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
