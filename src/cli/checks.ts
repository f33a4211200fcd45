import { ConntrailError } from '../errors.js';
import { FEATURES } from '../features.js';
import type { FeatureCheck } from '../pipeline/check.js';
import type { Feature } from '../pipeline/feature.js';
import { suggestion } from './suggestion.js';

/** A feature that can run alone. */
export type CheckedFeature = Feature & { readonly check: FeatureCheck };

export const CHECKS: readonly CheckedFeature[] = FEATURES.filter(
  (feature): feature is CheckedFeature => feature.check !== undefined,
);

/** What people write for a feature: dashes; underscores are taken as well. */
export function dashed(name: string): string {
  return name.replaceAll('_', '-');
}

/**
 * The check of this name.
 * @throws ConntrailError CONNTRAIL_OPTION when there is none
 */
export function findCheck(name: string): CheckedFeature {
  const asked = dashed(name.trim().toLowerCase());
  const found = CHECKS.find((feature) => dashed(feature.name) === asked);
  if (found !== undefined) return found;
  const names = CHECKS.map((feature) => dashed(feature.name));
  if (FEATURES.some((feature) => dashed(feature.name) === asked)) {
    const sentence = `${asked} is not a check: conntrail observe has it. Choose from ${names.join(', ')}.`;
    throw new ConntrailError('CONNTRAIL_OPTION', sentence);
  }
  const meant = suggestion(asked, names);
  const hint = meant === null ? `choose from ${names.join(', ')}` : `did you mean ${meant}?`;
  throw new ConntrailError(
    'CONNTRAIL_OPTION',
    `There is no check ${JSON.stringify(name)}; ${hint.replace(/[^?]$/, '$&.')}`,
  );
}

/** The checks there are, a line each. */
export function checkList(): string {
  const width = Math.max(...CHECKS.map(({ name }) => name.length));
  const lines = CHECKS.map(({ name, check, title }) => {
    const how = check.answer === undefined ? 'until ^C' : 'at once';
    return `${dashed(name).padEnd(width)}  ${how.padEnd(8)}  ${title}\n`;
  });
  return lines.join('');
}
