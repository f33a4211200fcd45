import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  type Codec,
  containerHeader,
  encodeBlock,
  type RawBlock,
  SYNC_BYTES,
} from '../../encoding/container-writer.js';
import { ConntrailError } from '../../errors.js';
import { NamedFile } from '../../files/named-file.js';
import type { OutputDirectory } from '../../files/output-directory.js';
import { CHECKSUM_SUFFIX, fileName } from './file-name.js';
import { KEYS, type SeenFile } from './run-links.js';

/** Attempts at a name that nobody has, a millisecond apart. */
const NAME_ATTEMPTS = 5;

export interface ContainerFileOptions {
  directory: OutputDirectory;
  record: string;
  schema: string;
  codec: Codec;
  sequence: number;
  /** Further header entries. */
  metadata: Readonly<Record<string, string>>;
}

/**
 * One container file and, beside it, its running checksums: for the header and after each block one line, the CRC-32 of the file up to
 * there and the length, so that `head -c LENGTH FILE` of any line can be checked. A block is in the file before its line is, and on the
 * disk before its line is where both are synced.
 */
export class ContainerFile {
  readonly #data: NamedFile;
  readonly #sums: NamedFile;
  readonly #sync: Uint8Array;
  readonly #codec: Codec;
  readonly #begun = performance.now();
  #crc = 0;
  /** Bytes that `#crc` is of. */
  #covered = 0;

  private constructor(data: NamedFile, sums: NamedFile, sync: Uint8Array, codec: Codec) {
    this.#data = data;
    this.#sums = sums;
    this.#sync = sync;
    this.#codec = codec;
  }

  /** Creates both files, writes the header and syncs their names. Throws what these throw; then neither file is left. */
  static async create(options: ContainerFileOptions): Promise<ContainerFile> {
    const { record, schema, codec, sequence, metadata, directory } = options;
    for (let attempt = 1; ; attempt++) {
      const name = fileName(record, new Date(), sequence);
      try {
        const sync = randomBytes(SYNC_BYTES);
        const file = await ContainerFile.#open(directory, name, sync, codec);
        await file.#begin(containerHeader({ schema, codec, sync, metadata: { ...metadata, [KEYS.name]: name } }));
        return file;
      } catch (error) {
        const taken = error instanceof ConntrailError && error.code === 'CONNTRAIL_OUTPUT_EXISTS';
        if (!taken || attempt === NAME_ATTEMPTS) throw error;
        await sleep(1);
      }
    }
  }

  static async #open(directory: OutputDirectory, name: string, sync: Uint8Array, codec: Codec): Promise<ContainerFile> {
    const data = await NamedFile.create(directory, name);
    try {
      return new ContainerFile(data, await NamedFile.create(directory, name + CHECKSUM_SUFFIX), sync, codec);
    } catch (error) {
      await data.discard().catch(() => {});
      throw error;
    }
  }

  /** Why checksums could not be written, if so; the data is not touched by that, and the next line covers what this one did not. */
  checksumError: NodeJS.ErrnoException | null = null;

  /** Bytes of whole blocks and the header. */
  get size(): number {
    return this.#data.size;
  }

  /** The file as the next one of its series remembers it. */
  seen(sequence: number): SeenFile {
    return { sequence, bytes: this.#covered, crc32: this.#crc.toString(16).padStart(8, '0') };
  }

  /** Milliseconds since it was begun. */
  get age(): number {
    return performance.now() - this.#begun;
  }

  /** Appends blocks, at once; all of them whole or, when this throws, none. */
  async write(blocks: readonly RawBlock[]): Promise<void> {
    await this.#append(await Promise.all(blocks.map((block) => encodeBlock(block, this.#codec, this.#sync))));
  }

  /** Why one of the two files does not have its name any more; null while both have. */
  async misnamed(): Promise<ConntrailError | null> {
    return (await this.#data.misnamed()) ?? (await this.#sums.misnamed());
  }

  /**
   * Closes both files, synced: the data, then the checksums that speak of it, then their names. Throws the first of what syncing throws;
   * everything is tried all the same.
   */
  async finish(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of [() => this.#data.finish(), () => this.#sums.finish(), () => this.#data.directory.sync()]) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** A file without a header is worth nothing: on a full disk every attempt would leave one behind. */
  async #begin(header: Uint8Array): Promise<void> {
    try {
      await this.#append([header]);
      await this.#data.directory.sync();
    } catch (error) {
      for (const file of [this.#data, this.#sums]) await file.discard().catch(() => {});
      throw error;
    }
  }

  async #append(parts: readonly Uint8Array[]): Promise<void> {
    await appended(this.#data, parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    this.#covered = this.#data.size - parts.reduce((sum, { length }) => sum + length, 0);
    const lines = parts.map((part) => {
      this.#crc = crc32(part, this.#crc);
      this.#covered += part.length;
      return `${this.#crc.toString(16).padStart(8, '0')} ${this.#covered}\n`;
    });
    await appended(this.#sums, new TextEncoder().encode(lines.join(''))).catch((error: NodeJS.ErrnoException) => {
      this.checksumError ??= error;
    });
  }
}

function appended(file: NamedFile, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    file.append(bytes, (error) => (error === null ? resolve() : reject(error)));
  });
}
