import { randomUUID } from 'node:crypto';
import type { ConnectionSource } from '../../avro/connection-source.js';
import { BlockBuilder, type Codec, type RawBlock } from '../../avro/container-writer.js';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../../avro/generated/connection-encoder.js';
import type { Ledger } from '../../avro/generated/ledger.js';
import { encodeLedger, MAX_LEDGER_BYTES } from '../../avro/generated/ledger-encoder.js';
import { CONNECTION_SCHEMA, LEDGER_SCHEMA } from '../../avro/generated/schemas.js';
import type { RecordName } from '../../avro/record-types.js';
import { ConntrailError } from '../../errors.js';
import type { OutputDirectory } from '../../files/output-directory.js';
import { CONN, STATE } from '../../kernel/layout.gen.js';
import type { RecordWriter } from '../../pipeline/record-writer.js';
import type { Output } from '../output.js';
import { ContainerFile } from './container-file.js';
import { findEarlierRuns } from './earlier-runs.js';
import { prepareDirectory } from './prepare.js';
import { type EarlierRun, RunLinks } from './run-links.js';

/** Encoded bytes that may wait for the disk. Beyond it whole blocks are dropped, the newest first, and counted. */
export const DIRECTORY_BACKLOG_BYTES = 64 << 20;

export interface DirectoryOptions {
  codec: Codec;
  /** A file is followed by another when a block made it at least this large, in bytes, … */
  rotateSize: number;
  /** … or when it is at least this old, in ms. */
  rotateEvery: number;
}

const SCHEMAS: Readonly<Record<RecordName, string>> = { connection: CONNECTION_SCHEMA, ledger: LEDGER_SCHEMA };

/**
 * Writes a directory with one series of container files per record type. Blocks are appended whole, connections before the ledger
 * record that counts them, at least one per interval: what a `kill -9` leaves is readable up to its last block. A failed write loses
 * its block, counted; the next one is tried again.
 */
export class DirectorySink implements RecordWriter, Output {
  readonly #directory: OutputDirectory;
  readonly #options: DirectoryOptions;
  readonly #links: RunLinks;
  readonly #files = new Map<RecordName, ContainerFile>();
  readonly #sequences: Record<RecordName, number> = { connection: 0, ledger: 0 };
  readonly #blocks = { connection: new BlockBuilder(), ledger: new BlockBuilder() };
  #connections = 0;
  #queued = 0;
  #chain: Promise<void> = Promise.resolve();
  written = 0;
  dropped = 0;
  /** Records of any kind that were dropped. */
  droppedRecords = 0;
  error: ConntrailError | null = null;

  private constructor(directory: OutputDirectory, options: DirectoryOptions, earlier: readonly EarlierRun[]) {
    this.#links = new RunLinks(randomUUID(), earlier);
    this.#directory = directory;
    this.#options = options;
  }

  /**
   * Prepares and holds the directory; files are made with their first block.
   *
   * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN.
   */
  static async open(directory: string, options: DirectoryOptions): Promise<DirectorySink> {
    const prepared = await prepareDirectory(directory);
    return new DirectorySink(prepared, options, await findEarlierRuns(prepared));
  }

  get writer(): RecordWriter {
    return this;
  }

  get backlog(): number {
    return this.#blocks.connection.size + this.#queued;
  }

  connection(source: ConnectionSource): void {
    const block = this.#blocks.connection;
    if (!block.fits(MAX_CONNECTION_BYTES)) this.#cut('connection');
    block.end = encodeConnection(block.bytes, block.end, source);
    block.count++;
    if (source.u8[source.base + CONN.state] === STATE.closed) this.#connections++;
  }

  ledger(record: Ledger): void {
    this.#cut('connection');
    const block = this.#blocks.ledger;
    if (!block.fits(MAX_LEDGER_BYTES)) this.#cut('ledger');
    block.end = encodeLedger(block.bytes, block.end, record);
    block.count++;
    this.#cut('ledger');
  }

  /** Nothing: a block leaves when it is full and at the end of each interval; more of them would only be smaller. */
  push(): void {}

  idle(): Promise<void> {
    return this.#chain;
  }

  async finish(): Promise<void> {
    this.#cut('connection');
    await this.#chain;
    await this.#look();
    for (const record of this.#files.keys()) await this.#finish(record);
    await this.#directory.close();
  }

  #cut(record: RecordName): void {
    const block = this.#blocks[record].take();
    if (block === null) return;
    const connections = record === 'connection' ? this.#connections : 0;
    if (record === 'connection') this.#connections = 0;
    const bytes = block.end - block.start;
    if (this.#queued > DIRECTORY_BACKLOG_BYTES) {
      const sentence = `${this.#directory.path} is ${DIRECTORY_BACKLOG_BYTES >> 20} MiB behind; write to a faster disk`;
      this.#drop(block, connections, new ConntrailError('CONNTRAIL_BEHIND', sentence));
      return;
    }
    this.#queued += bytes;
    this.#chain = this.#chain.then(async () => {
      await this.#store(record, block, connections);
      this.#blocks[record].recycle(block);
      this.#queued -= bytes;
    });
  }

  async #store(record: RecordName, block: RawBlock, connections: number): Promise<void> {
    try {
      const file = this.#files.get(record) ?? (await this.#next(record, block));
      await file.write(block);
      this.written += connections;
      if (file.checksumError !== null) this.error ??= failed(this.#directory.path, file.checksumError);
      const { rotateSize, rotateEvery } = this.#options;
      if (file.size >= rotateSize || file.age >= rotateEvery) await this.#finish(record);
    } catch (cause) {
      const error = cause instanceof ConntrailError ? cause : failed(this.#directory.path, cause);
      if (error.code === 'CONNTRAIL_OUTPUT_MOVED') await this.#look();
      this.#drop(block, connections, error);
    }
    if (record === 'ledger') await this.#look();
  }

  /** Once an interval: is output still where it was asked for? A file that lost its name is followed by another, which has one. */
  async #look(): Promise<void> {
    try {
      this.error ??= await this.#directory.misplaced();
      for (const [record, file] of this.#files) {
        const error = await file.misnamed();
        if (error === null) continue;
        this.error ??= error;
        await this.#finish(record);
      }
    } catch (cause) {
      this.error ??= failed(this.#directory.path, cause);
    }
  }

  /** A disk that takes a file's bytes and then cannot keep them is a failure, but which blocks it lost nobody knows: `verify` does. */
  async #finish(record: RecordName): Promise<void> {
    const file = this.#files.get(record);
    this.#files.delete(record);
    if (file !== undefined) this.#links.finished(record, file.seen(this.#sequences[record]));
    await file?.finish().catch((cause: unknown) => {
      this.error ??= failed(this.#directory.path, cause);
    });
  }

  async #next(record: RecordName, first: RawBlock): Promise<ContainerFile> {
    const sequence = this.#sequences[record] + 1;
    const file = await ContainerFile.create({
      directory: this.#directory,
      record,
      schema: SCHEMAS[record],
      codec: this.#options.codec,
      sequence,
      metadata: this.#links.metadata(record, sequence, first),
    });
    this.#sequences[record] = sequence;
    this.#files.set(record, file);
    return file;
  }

  #drop(block: RawBlock, connections: number, error: ConntrailError): void {
    this.error ??= error;
    this.dropped += connections;
    this.droppedRecords += block.count;
  }
}

function failed(directory: string, cause: unknown): ConntrailError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const sentence = `writing to ${directory} failed (${code}); free space or choose another directory`;
  return new ConntrailError('CONNTRAIL_IO', sentence, { cause });
}
