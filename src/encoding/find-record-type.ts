import { RECORD_TYPES } from '../records.gen.js';
import type { RecordType } from './record-type.js';

/** The record type that a series or an NDJSON record is called (`connection`); undefined when there is none. */
export function recordTypeNamed(name: string): RecordType | undefined {
  return RECORD_TYPES.find((type) => type.name === name);
}

/** The record type whose schema has this name (`conntrail.Connection`); undefined when there is none. */
export function recordTypeOf(fullName: string | undefined): RecordType | undefined {
  return RECORD_TYPES.find((type) => type.fullName === fullName);
}
