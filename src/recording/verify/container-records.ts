import type { Type } from 'avsc';
import { ContainerReader } from '../../avro/container-reader.js';
import type { Connection } from '../../avro/generated/connection.js';
import type { Ledger } from '../../avro/generated/ledger.js';
import { CONNECTION_SCHEMA, LEDGER_SCHEMA } from '../../avro/generated/schemas.js';
import { RecordDecoder, typeOf } from '../../avro/record-types.js';
import { ConntrailError } from '../../errors.js';
import { type ChecksumResult, checkedChunks } from './checksums.js';

/** What is checked of a record. */
export type FoundRecord = { record: 'connection'; seq: number; closed: boolean } | { record: 'ledger'; ledger: Ledger };

/** One container file, opened. */
export interface FoundFile {
  path: string;
  /** Entry of the header, '' when there is none. */
  metadata(key: string): string;
  /** Closes it, for who wants no records. */
  close(): Promise<unknown>;
  /** Its records, in order; what is wrong with the file is told to `fault`, and the records end there. */
  records(): AsyncGenerator<FoundRecord, void, undefined>;
}

/** @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_FORMAT, CONNTRAIL_DAMAGED, CONNTRAIL_CUT_SHORT */
export async function openContainer(path: string, name: string, fault: (text: string) => void): Promise<FoundFile> {
  const sums: ChecksumResult = { found: false, fault: null, uncovered: 0 };
  const chunks = readable(path, sums);
  const reader = await ContainerReader.open(chunks, name);
  const decode = decoderOf(reader.header.schema, name);
  const { metadata } = reader.header;
  return {
    path,
    metadata: (key) => new TextDecoder().decode(metadata.get(key)),
    close: () => chunks.return(),
    async *records() {
      try {
        for await (const block of reader.blocks()) yield* decode(block);
        if (reader.end.torn > 0) fault(`${name} was cut short: ${reader.end.torn} bytes of a torn block at its end`);
        else if (sums.found && sums.uncovered > 0)
          fault(`${name} was cut short: its last ${sums.uncovered} bytes have no checksum`);
      } catch (error) {
        if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
        fault(error.message);
      }
      if (sums.fault !== null) fault(`${name} is damaged: ${sums.fault}`);
    },
  };
}

async function* readable(path: string, sums: ChecksumResult): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* checkedChunks(path, sums);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** CONNTRAIL_IO for whatever a read failed with. */
export function unreadable(path: string, cause: unknown): ConntrailError {
  if (cause instanceof ConntrailError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new ConntrailError('CONNTRAIL_IO', `cannot read ${path} (${code}); check the path and its permissions`, {
    cause,
  });
}

type Block = Parameters<RecordDecoder['records']>[0];
type Resolver = ReturnType<Type['createResolver']>;

/** The union that a stream of both record types is written with. */
const STREAM_SCHEMA = `[${CONNECTION_SCHEMA},${LEDGER_SCHEMA}]`;

/** For a file of one record type, or the stream of both that `-o avro` writes. */
function decoderOf(schema: string, name: string): (block: Block) => Generator<FoundRecord, void, undefined> {
  if (!schema.trimStart().startsWith('[')) {
    const decoder = RecordDecoder.for(schema, name);
    return function* decode(block) {
      for (const record of decoder.records(block, name)) yield found(decoder.name, record);
    };
  }
  const { type, resolver } = streamType(schema, name);
  return function* decode({ records, count, offset }) {
    const bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const next = decodeAt(type, resolver, bytes, at);
      if (next === null) throw damaged(name, offset, i);
      at = next.offset;
      const [branch, record] = Object.entries(next.value)[0]!;
      yield found(branch === 'conntrail.Ledger' ? 'ledger' : 'connection', record);
    }
    if (at !== bytes.byteLength) throw damaged(name, offset, count);
  };
}

function found(record: 'connection' | 'ledger', value: Connection | Ledger): FoundRecord {
  if (record === 'ledger') return { record, ledger: value as Ledger };
  const { seq, state } = value as Connection;
  return { record, seq, closed: state === 'closed' };
}

/** Both record types of this version, and what reads those of the version that wrote `schema` as such. */
function streamType(schema: string, name: string): { type: Type; resolver: Resolver | undefined } {
  try {
    const type = typeOf(JSON.parse(STREAM_SCHEMA));
    return { type, resolver: schema === STREAM_SCHEMA ? undefined : type.createResolver(typeOf(JSON.parse(schema))) };
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
): { value: Record<string, Connection | Ledger>; offset: number } | null {
  try {
    const next = type.decode(bytes, at, resolver) as { value: Record<string, Connection | Ledger>; offset: number };
    return next.offset < 0 ? null : next;
  } catch {
    return null;
  }
}

function damaged(name: string, offset: number, index: number): ConntrailError {
  const sentence = `${name} is damaged: record ${index} of the block at byte ${offset} cannot be; use an intact copy`;
  return new ConntrailError('CONNTRAIL_DAMAGED', sentence);
}
