import { ConntrailError } from './errors.js';
import { FEATURES } from './features.js';
import { faultsOf, faultWords } from './option-faults.js';
import type { EnabledFeature, Feature } from './pipeline/feature.js';

/**
 * By name of the feature, with dashes or underscores: its options, or true, turn it on; false turns it off; what is not named runs if it does
 * by default.
 */
export type FeatureOptions = Readonly<Record<string, object | boolean | undefined>>;

/**
 * What runs with these options, in the order of the pipeline.
 *
 * @param features all there are
 * @throws ConntrailError CONNTRAIL_OPTION for a name or an option that cannot be
 */
export function enabledFeatures(options: FeatureOptions, features: readonly Feature[] = FEATURES): EnabledFeature[] {
  const byName = new Map<string, object | boolean>();
  for (const [written, given] of Object.entries(options)) {
    const { name } = findFeature(written, features);
    if (given === undefined) continue;
    if (byName.has(name)) throw new ConntrailError('CONNTRAIL_OPTION', `Name ${name} once among the features.`);
    byName.set(name, given);
  }
  const enabled = features.flatMap((feature): EnabledFeature[] => {
    const given = byName.get(feature.name) ?? feature.byDefault;
    if (given === false) return [];
    return [{ feature, options: parseOptions(feature, given === true ? {} : given) }];
  });
  checkRequirements(enabled);
  return enabled;
}

/** @throws ConntrailError CONNTRAIL_OPTION where options are about what a feature knows that is off */
function checkRequirements(enabled: readonly EnabledFeature[]): void {
  for (const { feature, options } of enabled) {
    for (const { feature: name, what } of feature.requires?.(options) ?? []) {
      if (enabled.some((each) => each.feature.name === name)) continue;
      throw new ConntrailError(
        'CONNTRAIL_OPTION',
        `${what} needs the feature ${name}, which is off: turn it on too (--with ${name}).`,
      );
    }
  }
}

/**
 * The same, of what is to be traced.
 * @throws ConntrailError CONNTRAIL_OPTION, also when nothing is left to run
 */
export function featuresToTrace(options: FeatureOptions, features: readonly Feature[] = FEATURES): EnabledFeature[] {
  const enabled = enabledFeatures(options, features);
  if (enabled.length > 0) return enabled;
  throw new ConntrailError('CONNTRAIL_OPTION', `Nothing is left to run; turn one of ${namesOf(features)} on.`);
}

/**
 * The feature of this name; a dash stands for an underscore.
 * @throws ConntrailError CONNTRAIL_OPTION when there is none
 */
export function findFeature(name: string, features: readonly Feature[] = FEATURES): Feature {
  const feature = features.find((each) => each.name === name.replaceAll('-', '_'));
  if (feature !== undefined) return feature;
  const sentence = `There is no feature ${JSON.stringify(name)}; choose from ${namesOf(features)}.`;
  throw new ConntrailError('CONNTRAIL_OPTION', sentence);
}

function parseOptions(feature: Feature, given: object): unknown {
  const result = feature.options.safeParse(given, { error: faultWords });
  if (result.success) return result.data;
  const sentence = `Correct the options of ${feature.name}: ${faultsOf(result.error)}.`;
  throw new ConntrailError('CONNTRAIL_OPTION', sentence, { cause: result.error });
}

function namesOf(features: readonly Feature[]): string {
  return features.map(({ name }) => name).join(', ');
}
