/**
 * Decoding records, with avsc: whole blocks of a container file to objects. Not for the hot path.
 * @module
 */
import avro, { type Schema, type Type } from 'avsc';
import { ConntrailError } from '../errors.js';
import type { ContainerBlock } from './container-reader.js';
import { recordTypeOf } from './find-record-type.js';
import { type Long64, toLong64 } from './long64.js';
import { type Skipper, skipperOf } from './record-skipper.js';
import type { RecordType } from './record-type.js';

/** `{"type": "long", "bits": 64}`: an id that may need all 64 bits. */
const ID_TYPE = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer): Long64 => toLong64(buffer.readBigInt64LE()),
  toBuffer: (value: Long64): Buffer => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt(value));
    return buffer;
  },
  fromJSON: (value: number | string): Long64 => toLong64(BigInt(value)),
  toJSON: (value: Long64): number | string => (typeof value === 'number' ? value : value.toString()),
  isValid: (value: unknown): boolean => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: Long64, b: Long64): -1 | 0 | 1 => (a === b ? 0 : a < b ? -1 : 1),
});

/** The avsc type of a schema in which ids of 64 bits decode to `Long64`. */
export function typeOf(schema: Schema): Type {
  return avro.Type.forSchema(schema, {
    typeHook: (attributes) => {
      const { type, bits } = attributes as { type?: unknown; bits?: unknown };
      return type === 'long' && bits === 64 ? ID_TYPE : undefined;
    },
  });
}

/** Decodes records of one type that were written with a certain schema. */
export class RecordDecoder {
  readonly #skip: Skipper | null;
  readonly #reader: Type;
  readonly #resolver: ReturnType<Type['createResolver']> | undefined;

  private constructor(
    /** Of the records. */
    readonly type: RecordType,
    skip: Skipper | null,
    reader: Type,
    resolver?: ReturnType<Type['createResolver']>,
  ) {
    this.#skip = skip;
    this.#reader = reader;
    this.#resolver = resolver;
  }

  /**
   * For records written with `schema` (JSON text): this version's, or any that resolves to it by Avro's rules. Throws CONNTRAIL_FORMAT
   * when it is not a schema of conntrail.
   */
  static for(schema: string, fileName: string): RecordDecoder {
    try {
      const writer = typeOf(JSON.parse(schema) as Schema);
      const type = recordTypeOf(writer.name);
      if (type === undefined) throw new TypeError(`schema ${writer.name ?? 'without a name'}`);
      const skip = skipperOf(JSON.parse(schema) as Schema);
      if (schema === type.schema) return new RecordDecoder(type, skip, writer);
      const reader = typeOf(JSON.parse(type.schema) as Schema);
      return new RecordDecoder(type, skip, reader, reader.createResolver(writer));
    } catch (cause) {
      const sentence = `${fileName} holds records of another schema than conntrail's; name a file that conntrail wrote`;
      throw new ConntrailError('CONNTRAIL_FORMAT', sentence, { cause });
    }
  }

  /** The records of a whole block. Throws CONNTRAIL_DAMAGED when its bytes are not exactly as many records as it says. */
  *records(block: ContainerBlock, fileName: string): Generator<object, void, undefined> {
    const { buffer, byteOffset, byteLength } = block.records;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    let at = 0;
    for (let i = 0; i < block.count; i++) {
      if (this.#skip !== null && this.#skip(bytes, at) < 0) throw damaged(block, fileName, i);
      let next: { value: object; offset: number };
      try {
        next = this.#reader.decode(bytes, at, this.#resolver) as typeof next;
      } catch (cause) {
        throw damaged(block, fileName, i, cause);
      }
      if (next.offset < 0) throw damaged(block, fileName, i);
      at = next.offset;
      yield next.value;
    }
    if (at !== bytes.length) throw damaged(block, fileName, block.count);
  }
}

function damaged(block: ContainerBlock, fileName: string, index: number, cause?: unknown): ConntrailError {
  return new ConntrailError(
    'CONNTRAIL_DAMAGED',
    `${fileName} is damaged: record ${index} of the block at byte ${block.offset} cannot be; use an intact copy`,
    { cause },
  );
}
