import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { type Codec, containerHeader, encodeBlock, type RawBlock, SYNC_BYTES } from '../../avro/container-writer.js';
import type { RecordName } from '../../avro/record-types.js';
import { ConntrailError } from '../../errors.js';
import { Appender } from '../../files/appender.js';
import { createOutputFile } from '../../files/output-file.js';
import { CHECKSUM_SUFFIX, fileName } from './file-name.js';

/** Attempts at a name that nobody has, a millisecond apart. */
const NAME_ATTEMPTS = 5;

export interface ContainerFileOptions {
  directory: string;
  record: RecordName;
  schema: string;
  codec: Codec;
  sequence: number;
  /** Further header entries. */
  metadata: Readonly<Record<string, string>>;
}

/**
 * One container file and, beside it, its running checksums: for the header and after each block one line, the CRC-32 of the file up to
 * there and the length, so that `head -c LENGTH FILE` of any line can be checked. A block is in the file before its line is.
 */
export class ContainerFile {
  readonly path: string;
  readonly #data: Appender;
  readonly #sums: Appender;
  readonly #sync: Uint8Array;
  readonly #codec: Codec;
  readonly #begun = performance.now();
  #crc = 0;

  private constructor(path: string, data: Appender, sums: Appender, sync: Uint8Array, codec: Codec) {
    this.path = path;
    this.#data = data;
    this.#sums = sums;
    this.#sync = sync;
    this.#codec = codec;
  }

  /** Creates both files and writes the header. Throws what creating and writing throw. */
  static async create(options: ContainerFileOptions): Promise<ContainerFile> {
    const { record, schema, codec, sequence, metadata, directory } = options;
    for (let attempt = 1; ; attempt++) {
      const path = join(directory, fileName(record, new Date(), sequence));
      try {
        const sync = randomBytes(SYNC_BYTES);
        const file = await ContainerFile.#open(path, sync, codec);
        await file.#begin(containerHeader({ schema, codec, sync, metadata }));
        return file;
      } catch (error) {
        const taken = error instanceof ConntrailError && error.code === 'CONNTRAIL_OUTPUT_EXISTS';
        if (!taken || attempt === NAME_ATTEMPTS) throw error;
        await sleep(1);
      }
    }
  }

  static async #open(path: string, sync: Uint8Array, codec: Codec): Promise<ContainerFile> {
    const data = await createOutputFile(path);
    try {
      const sums = await createOutputFile(path + CHECKSUM_SUFFIX);
      return new ContainerFile(path, new Appender(data), new Appender(sums), sync, codec);
    } catch (error) {
      await data.close();
      await unlink(path);
      throw error;
    }
  }

  /** Why checksums could not be written, if so; the data is not touched by that, and the next line covers what this one did not. */
  checksumError: NodeJS.ErrnoException | null = null;

  /** Bytes of whole blocks and the header. */
  get size(): number {
    return this.#data.size;
  }

  /** Milliseconds since it was begun. */
  get age(): number {
    return performance.now() - this.#begun;
  }

  /** Appends one block; whole or, when this throws, not at all. */
  async write(block: RawBlock): Promise<void> {
    await this.#append(await encodeBlock(block, this.#codec, this.#sync));
  }

  /** Closes both files, synced. Throws what syncing throws; both are closed all the same. */
  async finish(): Promise<void> {
    const outcomes = await Promise.allSettled([this.#data.finish(), this.#sums.finish()]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** A file without a header is worth nothing: on a full disk every attempt would leave one behind. */
  async #begin(header: Uint8Array): Promise<void> {
    try {
      await this.#append(header);
    } catch (error) {
      await this.#data.close();
      await this.#sums.close();
      await unlink(this.path);
      await unlink(this.path + CHECKSUM_SUFFIX);
      throw error;
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await appended(this.#data, bytes);
    this.#crc = crc32(bytes, this.#crc);
    const line = `${this.#crc.toString(16).padStart(8, '0')} ${this.#data.size}\n`;
    await appended(this.#sums, new TextEncoder().encode(line)).catch((error: NodeJS.ErrnoException) => {
      this.checksumError ??= error;
    });
  }
}

function appended(appender: Appender, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    appender.append(bytes, (error) => (error === null ? resolve() : reject(error)));
  });
}
