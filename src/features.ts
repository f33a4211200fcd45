import { CONNECTIONS } from './connections/feature.js';
import type { EnabledFeature, Feature } from './pipeline/feature.js';
import type { HookGroupSpec } from './pipeline/hooks.js';

/** Every feature there is. The order is that of the pipeline: whoever adds to another's records comes before it. */
export const FEATURES: readonly Feature[] = [CONNECTIONS as Feature];

/** What runs, with these options by name of the feature: an object turns it on, false off; whatever is not named runs if it does by default. */
export function enabledFeatures(
  options: Readonly<Record<string, object | false | undefined>>,
  features: readonly Feature[] = FEATURES,
): EnabledFeature[] {
  return features.flatMap((feature) => {
    const given = options[feature.name];
    if (given === false || (given === undefined && !feature.byDefault)) return [];
    return [{ feature, options: feature.options.parse(given ?? {}) }];
  });
}

/** The row of a hook group; undefined: of a feature that this version does not know. */
export function hookSpec(feature: string, group: string): HookGroupSpec | undefined {
  return FEATURES.find(({ name }) => name === feature)?.hooks.find(({ name }) => name === group);
}
