import type { RecordType } from './encoding/record-type.js';
import { ConntrailError } from './errors.js';
import { FEATURES } from './features.js';
import type { Feature } from './pipeline/feature.js';
import type { RecordObjects } from './record-objects.gen.js';

/** Names of the record types that features emit: what a program can subscribe to. */
export type RecordName = Exclude<keyof RecordObjects, 'ledger' | 'output'>;

/**
 * The record type of this name, and the feature that emits it.
 * @throws ConntrailError CONNTRAIL_OPTION when no feature does
 */
export function subscribedType(name: string): { type: RecordType; feature: Feature } {
  for (const feature of FEATURES) {
    const type = feature.records.find((each) => each.name === name);
    if (type !== undefined) return { type: type as RecordType, feature };
  }
  const names = FEATURES.flatMap(({ records }) => records.map((type) => type.name));
  const sentence = `There are no records ${JSON.stringify(name)}; choose from ${names.join(', ')}.`;
  throw new ConntrailError('CONNTRAIL_OPTION', sentence);
}
