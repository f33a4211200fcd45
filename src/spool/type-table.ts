import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { RECORD_TYPES } from '../records.gen.js';
import { crc32c } from './crc32c.js';

/** Most bytes of the types inflated: damage must not become memory. */
const MAX_INFLATED_BYTES = 1 << 24;
/** The type of a record is one byte. */
const MAX_TYPES = 256;

/** A record type as the writer had it: what is spooled can be sent by a later build with the schema it was encoded by. */
export interface SpoolType {
  /** `connection` */
  readonly name: string;
  /** The exact Avro schema of the writer, JSON text. */
  readonly schema: string;
}

/** The types of a segment, as they stand in it. */
export interface TypeTable {
  readonly types: readonly SpoolType[];
  readonly bytes: Uint8Array;
  readonly crc: number;
}

export function encodeTypes(types: readonly SpoolType[]): TypeTable {
  const text = JSON.stringify(types.map(({ name, schema }) => ({ record: name, schema })));
  const bytes = deflateRawSync(text, { level: 9 });
  return { types: types.map(({ name, schema }) => ({ name, schema })), bytes, crc: crc32c(bytes) };
}

/** null when they are not what this checksum is of, or no types. */
export function decodeTypes(bytes: Uint8Array, crc: number): TypeTable | null {
  if (crc32c(bytes) !== crc) return null;
  try {
    const text = inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED_BYTES }).toString('utf8');
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list) || list.length > MAX_TYPES) return null;
    const types = list.map((entry: { record?: unknown; schema?: unknown }) => {
      if (typeof entry.record !== 'string' || typeof entry.schema !== 'string') throw new TypeError('no type');
      return { name: entry.record, schema: entry.schema };
    });
    return { types, bytes, crc };
  } catch {
    return null;
  }
}

let own: TypeTable | undefined;

/** The types of this build, each at the place that its `index` says. */
export function ownTypes(): TypeTable {
  own ??= encodeTypes(RECORD_TYPES);
  return own;
}
