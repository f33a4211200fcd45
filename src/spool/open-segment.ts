import { type PendingBlock, sealed } from './block-builder.js';
import { encodeSegmentStart } from './segment-format.js';
import { type SpoolFile, type SpoolFiles, segmentName } from './spool-files.js';
import type { TypeTable } from './type-table.js';

/** The segment that is written to. */
export class OpenSegment {
  readonly number: number;
  /** seq of its first record. */
  readonly first: number;
  readonly #files: SpoolFiles;
  readonly #file: SpoolFile;
  readonly #types: TypeTable;
  /** When it was begun, by the monotonic clock, ms. */
  readonly begun = performance.now();
  #named = false;
  /** Bytes of the start and of whole blocks. */
  size = 0;
  /** Of them, those that are on the disk. */
  synced = 0;

  private constructor(files: SpoolFiles, file: SpoolFile, types: TypeTable, number: number, first: number) {
    this.#files = files;
    this.#file = file;
    this.#types = types;
    this.number = number;
    this.first = first;
  }

  /** Makes the file and writes its start. Throws what the disk throws; then no file is left, where that can be. */
  static async begin(files: SpoolFiles, types: TypeTable, number: number, first: number): Promise<OpenSegment> {
    const file = await files.create(segmentName(number));
    const segment = new OpenSegment(files, file, types, number, first);
    try {
      const start = encodeSegmentStart({ number, first, begun: Date.now() }, types);
      await file.write(start, 0);
      segment.size = start.length;
      return segment;
    } catch (error) {
      await files.remove(segmentName(number)).catch(() => {});
      await file.close().catch(() => {});
      throw error;
    }
  }

  /** Appends a block whose first record has this seq. What a failed write leaves is cut off, or written over by the next one. */
  async append(block: PendingBlock, first: number): Promise<void> {
    const bytes = sealed(block, this.number, first, this.#types.crc);
    try {
      await this.#file.write(bytes, this.size);
    } catch (error) {
      await this.#file.truncate(this.size).catch(() => {});
      throw error;
    }
    this.size += bytes.length;
  }

  /** Returns when everything in it is on the disk, its name too. */
  async sync(): Promise<void> {
    await this.#file.sync();
    if (!this.#named) await this.#files.sync();
    this.#named = true;
    this.synced = this.size;
  }

  /** Gives it up: a sync failed, and nobody knows what behind `synced` is on the disk. That is cut off, where that can be; else it is void. */
  async abandon(): Promise<void> {
    if (this.synced > 0) await this.#file.truncate(this.synced).catch(() => {});
    else await this.#files.remove(segmentName(this.number)).catch(() => {});
    await this.close();
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}
