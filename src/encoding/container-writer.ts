/**
 * Avro object container files: a header with the schema, then blocks that each end in the file's sync marker, so that every whole block
 * of a file cut short can be read. Pure: bytes in, bytes out; the sink draws the sync marker and writes.
 * @module
 */
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import { putAvroString } from './string-output.js';
import { putNumber } from './varint.js';

export type Codec = 'null' | 'deflate';
export const CODECS: readonly Codec[] = ['null', 'deflate'];

/** Bytes every container file begins with: "Obj" and version 1. */
export const CONTAINER_MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 0x01);
export const SYNC_BYTES = 16;
/** Room in front of a block's records for its two counts. */
const HEAD_BYTES = 20;
/** Records of one block, in bytes, before it is closed: what deflate's window and a Kafka message hold well. */
export const BLOCK_BYTES = 64 * 1024;
/** Arrays kept for further blocks. */
const SPARE_BLOCKS = 8;

export interface ContainerOptions {
  /** The schema as JSON text. */
  schema: string;
  codec: Codec;
  /** 16 random bytes, another marker for each file. */
  sync: Uint8Array;
  /** Further entries of the header; names that begin with "avro." are reserved. */
  metadata?: Readonly<Record<string, string>>;
}

/** The header of a container file. */
export function containerHeader({ schema, codec, sync, metadata = {} }: ContainerOptions): Uint8Array {
  if (sync.length !== SYNC_BYTES) throw new RangeError(`a sync marker has ${SYNC_BYTES} bytes`);
  const entries = Object.entries({ 'avro.schema': schema, 'avro.codec': codec, ...metadata });
  const text = entries.reduce((sum, [key, value]) => sum + 3 * (key.length + value.length) + 20, 0);
  const out = new Uint8Array(CONTAINER_MAGIC.length + 20 + text + SYNC_BYTES);
  out.set(CONTAINER_MAGIC);
  let p = putNumber(out, CONTAINER_MAGIC.length, entries.length);
  for (const [key, value] of entries) p = putAvroString(out, putAvroString(out, p, key), value);
  out[p++] = 0;
  out.set(sync, p);
  return out.subarray(0, p + SYNC_BYTES);
}

/** Records of a block, not yet framed. `bytes` has room for the frame around `start` to `end`. */
export interface RawBlock {
  bytes: Uint8Array;
  start: number;
  end: number;
  count: number;
}

/**
 * Collects encoded records. Whoever encodes writes straight into `bytes` at `end`, after `fits` said yes to the most it may write, then
 * sets `end` and adds to `count`.
 */
export class BlockBuilder {
  bytes: Uint8Array;
  end = HEAD_BYTES;
  count = 0;
  readonly #spare: Uint8Array[] = [];

  constructor(readonly capacity: number = BLOCK_BYTES) {
    this.bytes = new Uint8Array(HEAD_BYTES + capacity + SYNC_BYTES);
  }

  /** Bytes of the records so far. */
  get size(): number {
    return this.end - HEAD_BYTES;
  }

  /** Whether `most` further bytes fit. An empty builder whose capacity is at least `most` always says yes. */
  fits(most: number): boolean {
    return this.end + most <= HEAD_BYTES + this.capacity;
  }

  /** The block so far, which owns its bytes; null when it is empty. */
  take(): RawBlock | null {
    const { count, end } = this;
    if (count === 0) return null;
    this.count = 0;
    this.end = HEAD_BYTES;
    // A small block is copied, so that it does not hold a large array while it waits to be written.
    if (end < this.capacity / 2) return { bytes: this.bytes.slice(0, end + SYNC_BYTES), start: HEAD_BYTES, end, count };
    const { bytes } = this;
    this.bytes = this.#spare.pop() ?? new Uint8Array(bytes.length);
    return { bytes, start: HEAD_BYTES, end, count };
  }

  /** Gives back the bytes of a block that nobody looks at any more: a fresh array costs more than filling it. */
  recycle({ bytes }: RawBlock): void {
    if (bytes.length === this.bytes.length && this.#spare.length < SPARE_BLOCKS) this.#spare.push(bytes);
  }
}

/** Writes the frame around records that lie at `start` to `end` of `bytes`; returns the whole block as a view of `bytes`. */
function frame(bytes: Uint8Array, start: number, end: number, count: number, sync: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const length = putNumber(head, putNumber(head, 0, count), end - start);
  bytes.set(head.subarray(0, length), start - length);
  bytes.set(sync, end);
  return bytes.subarray(start - length, end + SYNC_BYTES);
}

/** The block as it stands in a file with codec null, framed in place. */
export function plainBlock(block: RawBlock, sync: Uint8Array): Uint8Array {
  return frame(block.bytes, block.start, block.end, block.count, sync);
}

/** Compresses the records of one block, off the calling thread. */
export type Compress = (records: Uint8Array) => Promise<Uint8Array>;

const deflate = promisify<Uint8Array, { level: number; memLevel: number }, Buffer>(deflateRaw);

/** Raw deflate, as codec deflate has it, level 1 (about as fast as a disk, 5 % larger than level 6), on Node's thread pool. */
export const deflateFast: Compress = (records) => deflate(records, { level: constants.Z_BEST_SPEED, memLevel: 9 });

/** The block as it stands in a file with codec deflate. */
export async function deflateBlock(
  block: RawBlock,
  sync: Uint8Array,
  compress: Compress = deflateFast,
): Promise<Uint8Array> {
  const packed = await compress(block.bytes.subarray(block.start, block.end));
  const bytes = new Uint8Array(HEAD_BYTES + packed.length + SYNC_BYTES);
  bytes.set(packed, HEAD_BYTES);
  return frame(bytes, HEAD_BYTES, HEAD_BYTES + packed.length, block.count, sync);
}

/** The block as it stands in a file with this codec. */
export async function encodeBlock(block: RawBlock, codec: Codec, sync: Uint8Array): Promise<Uint8Array> {
  return codec === 'null' ? plainBlock(block, sync) : deflateBlock(block, sync);
}

/** One encoded record as a block of its own, not yet framed. */
export function singleRecord(record: Uint8Array): RawBlock {
  const bytes = new Uint8Array(HEAD_BYTES + record.byteLength + SYNC_BYTES);
  bytes.set(record, HEAD_BYTES);
  return { bytes, start: HEAD_BYTES, end: HEAD_BYTES + record.byteLength, count: 1 };
}
