import { ConntrailError } from '../errors.js';
import { findFeature } from '../feature-options.js';
import type { TracerOptions } from '../tracer-options.js';
import type { FeatureFlags } from './feature-options.js';

/**
 * What --with, --without and --set ask for.
 * @throws ConntrailError CONNTRAIL_OPTION for a name that is none, and for what would change nothing
 */
export function askedFeatures({
  with: on = [],
  without: off = [],
  set = [],
}: FeatureFlags): NonNullable<TracerOptions['features']> {
  const options: Record<string, Record<string, unknown> | boolean> = {};
  for (const name of on) options[findFeature(name).name] = {};
  for (const name of off) {
    if (on.includes(name)) {
      throw new ConntrailError('CONNTRAIL_OPTION', `Give ${name} to --with or to --without, not both.`);
    }
    options[findFeature(name).name] = false;
  }
  for (const { feature, option, value } of set) {
    const given = options[feature] ?? findFeature(feature).byDefault;
    if (given === false) {
      const sentence = `--set ${feature}.${option} changes nothing here: ${feature} is not on; give --with ${feature}.`;
      throw new ConntrailError('CONNTRAIL_OPTION', sentence);
    }
    options[feature] = { ...(given === true ? {} : given), [option]: value };
  }
  return options;
}
