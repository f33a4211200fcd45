import { FEATURES } from '../features.js';
import { LAYOUT_ID } from '../frames/layout.gen.js';

/** Name, among layouts, of what all features share. */
export const CORE = 'core';

/** Ids of the wire layouts that this build writes and decodes, by feature. */
export const LAYOUTS: Readonly<Record<string, string>> = {
  [CORE]: LAYOUT_ID,
  ...Object.fromEntries(FEATURES.map(({ name, layout }) => [name, layout])),
};

/** A feature that ran when it was recorded and that this build cannot replay: another layout, or none at all. */
export interface MissingFeature {
  feature: string;
  why: 'layout' | 'unknown';
}

/** Which of these features this build lacks. */
export function missingFeatures(
  features: readonly string[],
  layouts: Readonly<Record<string, string>>,
): readonly MissingFeature[] {
  return features.flatMap((feature) => {
    if (!Object.hasOwn(LAYOUTS, feature) || feature === CORE) return { feature, why: 'unknown' };
    return layouts[feature] === LAYOUTS[feature] ? [] : { feature, why: 'layout' };
  });
}
