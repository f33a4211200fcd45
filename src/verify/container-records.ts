import type { Type } from 'avsc';
import { ContainerReader } from '../encoding/container-reader.js';
import { recordTypeOf } from '../encoding/find-record-type.js';
import { RecordDecoder, typeOf } from '../encoding/record-decoder.js';
import { type Skipper, skipperOf } from '../encoding/record-skipper.js';
import type { RecordType } from '../encoding/record-type.js';
import { ConntrailError } from '../errors.js';
import { STREAM_SCHEMA } from '../records.gen.js';
import { CHECKSUM_SUFFIX } from '../sinks/directory/file-name.js';
import { KEYS } from '../sinks/directory/run-links.js';
import { type Checkpoint, type ChecksumResult, checkedChunks } from './checksums.js';
import { type FoundRecord, found } from './found-record.js';

/** One container file, opened. */
export interface FoundFile {
  /** Entry of the header, null when there is none. */
  metadata(key: string): string | null;
  /** Its records, in order; what is wrong with the file is told to `fault`, and the records end there. */
  records(): AsyncGenerator<FoundRecord, void, undefined>;
}

export interface OpenOptions {
  /** What other files say of its bytes. */
  told?: readonly Checkpoint[];
  /** Whether it may be a link. */
  follow?: boolean;
}

/** @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_FORMAT, CONNTRAIL_DAMAGED, CONNTRAIL_CUT_SHORT */
export async function openContainer(
  path: string,
  name: string,
  fault: (text: string) => void,
  { told = [], follow = false }: OpenOptions = {},
): Promise<FoundFile> {
  const sums: ChecksumResult = { found: false, fault: null, uncovered: 0 };
  const chunks = checkedChunks(path, sums, told, follow);
  try {
    const reader = await ContainerReader.open(chunks, name);
    const { decode } = decoderOf(reader.header.schema, name);
    const { metadata } = reader.header;
    // Every file of a directory has checksums: without them it could have been altered.
    const needsSums = metadata.has(KEYS.run);
    return {
      metadata: (key) => (metadata.has(key) ? new TextDecoder().decode(metadata.get(key)) : null),
      async *records() {
        try {
          for await (const block of reader.blocks()) yield* decode(block, name);
          if (reader.end.torn > 0) fault(`${name} was cut short: ${reader.end.torn} bytes of a torn block at its end`);
          else if (sums.found && sums.uncovered > 0)
            fault(`${name} was cut short: its last ${sums.uncovered} bytes have no checksum`);
        } catch (error) {
          if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
          fault(error.message);
        } finally {
          await chunks.return();
        }
        if (sums.fault !== null) fault(`${name} is damaged: ${sums.fault}`);
        if (needsSums && !sums.found) fault(`${name} has no checksums: there is no file ${name}${CHECKSUM_SUFFIX}`);
      },
    };
  } catch (error) {
    await chunks.return();
    throw error;
  }
}

type Block = Parameters<RecordDecoder['records']>[0];
type Resolver = ReturnType<Type['createResolver']>;

export interface Decoder {
  /** Name of the only record type there is; null: any. */
  record: string | null;
  /** `name` is what messages call the file. */
  decode(block: Block, name: string): Generator<FoundRecord, void, undefined>;
}

/** Decoders of the schemas met so far: making one takes milliseconds, and the files of a directory have the same few. */
const decoders = new Map<string, Decoder>();
const MOST_DECODERS = 16;

/**
 * What reads records that were written with `schema` (JSON text).
 *
 * @throws ConntrailError CONNTRAIL_FORMAT when it is none of conntrail's
 */
export function decoderOf(schema: string, name: string): Decoder {
  const known = decoders.get(schema);
  if (known !== undefined) return known;
  const decoder = newDecoder(schema, name);
  if (decoders.size === MOST_DECODERS) decoders.clear();
  decoders.set(schema, decoder);
  return decoder;
}

/** For a file of one record type, or the stream of all that `-o avro` writes. */
function newDecoder(schema: string, name: string): Decoder {
  if (schema.trimStart().startsWith('[')) return { record: null, decode: streamDecoder(schema, name) };
  const decoder = RecordDecoder.for(schema, name);
  return {
    record: decoder.type.name,
    *decode(block, file) {
      for (const record of decoder.records(block, file)) yield found(decoder.type, record);
    },
  };
}

function streamDecoder(schema: string, file: string): Decoder['decode'] {
  const { type, resolver, skip } = streamType(schema, file);
  return function* decode({ records, count, offset }, name) {
    const bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const next = skip !== null && skip(bytes, at) < 0 ? null : decodeAt(type, resolver, bytes, at);
      if (next === null) throw damaged(name, offset, i);
      at = next.offset;
      const [branch, record] = Object.entries(next.value)[0]!;
      yield found(recordTypeOf(branch) as RecordType, record);
    }
    if (at !== bytes.byteLength) throw damaged(name, offset, count);
  };
}

/** The record types of this version, and what reads those of the version that wrote `schema` as such. */
function streamType(
  schema: string,
  name: string,
): { type: Type; resolver: Resolver | undefined; skip: Skipper | null } {
  try {
    const type = typeOf(JSON.parse(STREAM_SCHEMA));
    const skip = skipperOf(JSON.parse(schema));
    const resolver = schema === STREAM_SCHEMA ? undefined : type.createResolver(typeOf(JSON.parse(schema)));
    return { type, resolver, skip };
  } catch (cause) {
    const sentence = `${name} holds records of another schema than conntrail's; name a file that conntrail wrote`;
    throw new ConntrailError('CONNTRAIL_FORMAT', sentence, { cause });
  }
}

function decodeAt(
  type: Type,
  resolver: Resolver | undefined,
  bytes: Buffer,
  at: number,
): { value: Record<string, object>; offset: number } | null {
  try {
    const next = type.decode(bytes, at, resolver) as { value: Record<string, object>; offset: number };
    return next.offset < 0 ? null : next;
  } catch {
    return null;
  }
}

function damaged(name: string, offset: number, index: number): ConntrailError {
  const sentence = `${name} is damaged: record ${index} of the block at byte ${offset} cannot be; use an intact copy`;
  return new ConntrailError('CONNTRAIL_DAMAGED', sentence);
}
