import { scanBlocks } from './segment-scan.js';
import { readStart, type SegmentStart } from './segment-start.js';
import { SpoolBlock } from './spool-block.js';
import { type SpoolFile, type SpoolFiles, segmentName } from './spool-files.js';
import type { TypeTable } from './type-table.js';

/** Bytes that are read at a time; a larger block takes what it needs. */
const READ_BYTES = 1 << 20;

/** One segment, read from its start on, in steps, while it may still grow. */
export class SegmentCursor {
  readonly number: number;
  readonly start: SegmentStart;
  readonly #file: SpoolFile;
  readonly #tableOf: (crc: number) => Promise<TypeTable | null>;
  #at: number;

  private constructor(
    number: number,
    start: SegmentStart,
    file: SpoolFile,
    tableOf: (crc: number) => Promise<TypeTable | null>,
  ) {
    this.number = number;
    this.start = start;
    this.#file = file;
    this.#tableOf = tableOf;
    this.#at = start.blocks;
  }

  /** null: it is gone. */
  static async open(
    files: SpoolFiles,
    number: number,
    tableOf: (crc: number) => Promise<TypeTable | null>,
  ): Promise<SegmentCursor | null> {
    const file = await files.open(segmentName(number), 'read');
    if (file === null) return null;
    try {
      return new SegmentCursor(number, await readStart(file, number), file, tableOf);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * The next whole blocks.
   *
   * @param from seqs below are left out
   * @param stop position behind the last byte that may be read; null: the end
   * @returns null: there is none up to there
   */
  async next(from: number, stop: number | null): Promise<SpoolBlock[] | null> {
    const end = Math.min(stop ?? Infinity, await this.#file.size());
    for (let want = READ_BYTES; this.#at < end; ) {
      const length = Math.min(want, end - this.#at);
      const bytes = await this.#file.read(this.#at, length);
      const whole = this.#at + bytes.length >= end || bytes.length < length;
      const blocks: SpoolBlock[] = [];
      let taken = 0;
      for (const found of scanBlocks(bytes, 0, bytes.length, this.number)) {
        // More of it may tell what this is.
        if (!whole && found.end === bytes.length && found.kind !== 'block') break;
        taken = found.end;
        if (found.kind !== 'block' || found.head.first + found.head.count <= from) continue;
        const table = await this.#tableOf(found.head.typesCrc);
        const block = table === null ? null : SpoolBlock.parse(bytes, found.at, found.head, table, from);
        if (block !== null) blocks.push(block);
      }
      if (taken === 0 && !whole) {
        want *= 2;
        continue;
      }
      this.#at += taken;
      if (taken === 0) break;
      if (blocks.length > 0) return blocks;
    }
    return null;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
