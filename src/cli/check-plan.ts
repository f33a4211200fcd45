import { Command } from 'commander';
import { ConntrailError } from '../errors.js';
import { FEATURES } from '../features.js';
import type { FeatureCheck } from '../pipeline/check.js';
import type { CheckOptions } from './check-options.js';
import { type CheckedFeature, dashed } from './checks.js';
import { addLiveOptions, type LiveOptions } from './live-options.js';

/** What a check is run with. */
export interface CheckPlan {
  /** As `observe` would have them: everything but this feature is off. */
  readonly live: LiveOptions;
  /** ms between readings; null: it has none. */
  readonly intervalMs: number | null;
  /** Whether it goes on until it is told to stop. */
  readonly follows: boolean;
}

/**
 * Turns the options of a check into those of live tracing.
 * @throws ConntrailError CONNTRAIL_OPTION for what this check does not have
 */
export function checkPlan({ name, check }: CheckedFeature, options: CheckOptions): CheckPlan {
  const { interval, watch, set = [], for: time, maxLoss, readyFile, host } = options;
  refuseLacking(dashed(name), check, options);
  const follows = check.answer === undefined || interval !== undefined || watch === true;
  const intervalMs =
    check.interval === undefined ? null : (interval ?? (follows ? undefined : time) ?? check.interval.ms);
  const settings = set.map(({ option, value }) => ({ feature: name, option, value }));
  if (check.interval !== undefined && !set.some(({ option }) => option === check.interval!.option)) {
    settings.push({ feature: name, option: check.interval.option, value: intervalMs });
  }
  const live: LiveOptions = {
    ...addLiveOptions(new Command()).opts<LiveOptions>(),
    with: [name],
    without: FEATURES.filter((feature) => feature.byDefault && feature.name !== name).map((feature) => feature.name),
    set: settings,
  };
  if (follows && time !== undefined) live.for = time;
  if (maxLoss !== undefined) live.maxLoss = maxLoss;
  if (readyFile !== undefined) live.readyFile = readyFile;
  if (host !== undefined) live.host = host;
  return { live, intervalMs, follows };
}

function refuseLacking(name: string, check: FeatureCheck, { interval, watch, set = [] }: CheckOptions): void {
  const refuse = (sentence: string): never => {
    throw new ConntrailError('CONNTRAIL_OPTION', sentence);
  };
  if (watch === true && check.screen === undefined) {
    refuse(`--watch changes nothing here: ${name} has no live view, and goes on by itself.`);
  }
  if (interval === undefined) return;
  if (check.interval === undefined) {
    refuse(`--interval changes nothing here: ${name} is told of what happens, and reads nothing again and again.`);
  }
  const { option } = check.interval!;
  if (set.some((each) => each.option === option)) refuse(`Give --interval or --set ${option}=…, not both.`);
}
