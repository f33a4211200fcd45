/**
 * Reads Avro object container files block by block, and says exactly where a file that was cut short ends.
 * @module
 */
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { ConntrailError } from '../errors.js';
import { ByteQueue } from './byte-queue.js';
import { CODECS, CONTAINER_MAGIC, type Codec, SYNC_BYTES } from './container-writer.js';
import { readLong } from './long-input.js';
import { MAX_LONG_BYTES } from './varint.js';

/** Bounds of what a file may ask for: beyond them it is damaged. */
export const MAX_CONTAINER_HEADER_BYTES = 1 << 20;
export const MAX_CONTAINER_BLOCK_BYTES = 1 << 26;
const MAX_INFLATED_BYTES = 1 << 28;

export interface ContainerHeader {
  /** The writer's schema, JSON text. */
  schema: string;
  codec: Codec;
  sync: Uint8Array;
  /** All entries of the header, the two above included. */
  metadata: ReadonlyMap<string, Uint8Array>;
  /** Bytes of the header. */
  bytes: number;
}

/** One whole block. */
export interface ContainerBlock {
  /** From 0. */
  index: number;
  /** Where it begins in the file. */
  offset: number;
  /** How many records it holds, by its own word. */
  count: number;
  /** The records, decompressed. */
  records: Uint8Array;
}

/** What was read; final once `blocks` has ended. */
export interface ContainerEnd {
  blocks: number;
  records: number;
  /** Bytes of the header and all whole blocks. */
  bytes: number;
  /** Bytes behind them that are no whole block: 0 unless the file was cut short. */
  torn: number;
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

export class ContainerReader {
  /** Final once `blocks` has ended, exact at any time. */
  readonly end: ContainerEnd;
  readonly #queue: ByteQueue;

  private constructor(
    /** What messages call the file. */
    readonly name: string,
    readonly header: ContainerHeader,
    queue: ByteQueue,
  ) {
    this.#queue = queue;
    this.end = { blocks: 0, records: 0, bytes: header.bytes, torn: 0 };
  }

  /**
   * Reads the header. Throws CONNTRAIL_FORMAT when the bytes are no container file or of a codec that is not known here,
   * CONNTRAIL_CUT_SHORT when they end within the header, CONNTRAIL_DAMAGED when the header cannot be.
   */
  static async open(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, name: string): Promise<ContainerReader> {
    const queue = new ByteQueue(chunks);
    try {
      return new ContainerReader(name, await readHeader(queue, name), queue);
    } catch (error) {
      await queue.close();
      throw error;
    }
  }

  /**
   * The whole blocks in order; can be walked once. Ends at the end of the file, with what is left of a block counted in `end.torn`.
   * Throws CONNTRAIL_DAMAGED at a block that cannot be: wrong marker, impossible size, bytes that do not decompress.
   */
  async *blocks(): AsyncGenerator<ContainerBlock, void, undefined> {
    try {
      for (;;) {
        const block = await this.#next();
        if (block === null) return;
        yield block;
      }
    } finally {
      await this.#queue.close();
    }
  }

  async #next(): Promise<ContainerBlock | null> {
    const queue = this.#queue;
    const offset = queue.offset;
    await queue.fill(2 * MAX_LONG_BYTES);
    const bytes = queue.peek();
    const count = readLong(bytes, 0);
    const size = count && readLong(bytes, count.end);
    if (!count || !size) return this.#torn();
    if (!(count.value >= 0 && size.value >= 0 && size.value <= MAX_CONTAINER_BLOCK_BYTES)) {
      throw this.#damaged(offset, 'has an impossible size');
    }
    if (!(await queue.fill(size.end + size.value + SYNC_BYTES))) return this.#torn();
    const block = queue.take(size.end + size.value + SYNC_BYTES);
    const { sync, codec } = this.header;
    if (!block.subarray(-SYNC_BYTES).every((byte, i) => byte === sync[i])) {
      throw this.#damaged(offset, "does not end in the file's sync marker");
    }
    const stored = block.subarray(size.end, size.end + size.value);
    const records = codec === 'null' ? stored : await this.#inflate(stored, offset);
    const { end } = this;
    const index = end.blocks;
    end.blocks++;
    end.records += count.value;
    end.bytes += block.length;
    return { index, offset, count: count.value, records };
  }

  async #torn(): Promise<null> {
    this.end.torn = await this.#queue.drain();
    return null;
  }

  async #inflate(stored: Uint8Array, offset: number): Promise<Uint8Array> {
    try {
      return await inflate(stored, { maxOutputLength: MAX_INFLATED_BYTES });
    } catch (cause) {
      throw this.#damaged(offset, 'does not decompress', cause);
    }
  }

  #damaged(offset: number, what: string, cause?: unknown): ConntrailError {
    const { blocks, records } = this.end;
    return new ConntrailError(
      'CONNTRAIL_DAMAGED',
      `${this.name} is damaged: the block at byte ${offset} ${what}; the ${blocks} blocks (${records} records) before it are whole`,
      { cause },
    );
  }
}

async function readHeader(queue: ByteQueue, name: string): Promise<ContainerHeader> {
  const magic = CONTAINER_MAGIC;
  await queue.fill(magic.length);
  const start = queue.peek().subarray(0, magic.length);
  if (!start.every((byte, i) => byte === magic[i])) {
    throw new ConntrailError(
      'CONNTRAIL_FORMAT',
      `${name} is not an Avro container file; name one that conntrail wrote`,
    );
  }
  // The header's length is known only at its end: try again with more bytes until it parses.
  for (let want = 4096; ; want *= 2) {
    const complete = !(await queue.fill(want));
    const parsed = parseHeader(queue.peek());
    if (parsed === 'damaged' || (parsed === 'short' && want >= MAX_CONTAINER_HEADER_BYTES)) {
      throw new ConntrailError('CONNTRAIL_DAMAGED', `the header of ${name} is damaged; use an intact copy`);
    }
    if (parsed !== 'short') return checkHeader(parsed, queue, name);
    if (complete) {
      throw new ConntrailError('CONNTRAIL_CUT_SHORT', `${name} ends within its header: it holds no records`);
    }
  }
}

interface ParsedHeader {
  metadata: Map<string, Uint8Array>;
  end: number;
}

function parseHeader(bytes: Uint8Array): ParsedHeader | 'short' | 'damaged' {
  const metadata = new Map<string, Uint8Array>();
  let at = CONTAINER_MAGIC.length;
  for (;;) {
    const count = readLong(bytes, at);
    if (!count) return 'short';
    at = count.end;
    if (count.value === 0) break;
    if (!(Math.abs(count.value) <= MAX_CONTAINER_HEADER_BYTES)) return 'damaged';
    if (count.value < 0) {
      // A negative count is followed by the bytes of the map's block.
      const size = readLong(bytes, at);
      if (!size) return 'short';
      at = size.end;
    }
    for (let i = 0; i < Math.abs(count.value); i++) {
      const key = readBytes(bytes, at);
      const value = typeof key === 'string' ? key : readBytes(bytes, key.end);
      if (typeof value === 'string') return value;
      if (typeof key === 'string') return key;
      metadata.set(new TextDecoder().decode(key.value), value.value);
      at = value.end;
    }
  }
  return at + SYNC_BYTES <= bytes.length ? { metadata, end: at } : 'short';
}

function readBytes(bytes: Uint8Array, at: number): { value: Uint8Array; end: number } | 'short' | 'damaged' {
  const length = readLong(bytes, at);
  if (!length) return 'short';
  if (!(length.value >= 0 && length.value <= MAX_CONTAINER_HEADER_BYTES)) return 'damaged';
  const end = length.end + length.value;
  return end <= bytes.length ? { value: bytes.slice(length.end, end), end } : 'short';
}

function checkHeader({ metadata, end }: ParsedHeader, queue: ByteQueue, name: string): ContainerHeader {
  const text = (key: string) => new TextDecoder().decode(metadata.get(key));
  const codec = metadata.has('avro.codec') ? text('avro.codec') : 'null';
  if (!(CODECS as readonly string[]).includes(codec)) {
    const sentence = `${name} is compressed with ${JSON.stringify(codec)}; conntrail reads ${CODECS.join(' and ')}`;
    throw new ConntrailError('CONNTRAIL_FORMAT', sentence);
  }
  if (!metadata.has('avro.schema')) {
    throw new ConntrailError('CONNTRAIL_DAMAGED', `the header of ${name} holds no schema; use an intact copy`);
  }
  const head = queue.take(end + SYNC_BYTES);
  const sync = head.slice(end);
  return { schema: text('avro.schema'), codec: codec as Codec, sync, metadata, bytes: head.length };
}
