import { NAMES, type SpoolFiles } from '../../../spool/spool-files.js';
import { byTopic, readJson, writeJson } from './sender-files.js';

/** How often marks are made at most: one for so many acknowledged records of a topic. */
const MARK_RECORDS = 256;
/** Marks that a topic keeps: beyond it every other one goes. */
const MAX_MARKS = 4_096;

interface Topic {
  partition: number;
  /** Nothing whose outcome is open stands before it. */
  offset: number;
  /** seqs and the offsets behind them, ascending: what is below such a seq is before its offset. */
  seqs: number[];
  offsets: number[];
  since: number;
}

/**
 * From which offset of each topic on there may be records whose outcome the checkpoint does not know: where a sender that begins looks for
 * what arrived and was not noted. It may say less than it could, never more.
 */
export class OffsetFile {
  readonly #files: SpoolFiles;
  readonly #topics = new Map<string, Topic>();
  #dirty = false;

  private constructor(files: SpoolFiles) {
    this.#files = files;
  }

  static async open(files: SpoolFiles): Promise<OffsetFile> {
    const file = new OffsetFile(files);
    const found = byTopic(await readJson(files, NAMES.offsets), ({ partition, offset }) =>
      Number.isSafeInteger(partition) && Number.isSafeInteger(offset)
        ? { partition: partition as number, offset: offset as number }
        : null,
    );
    for (const [topic, { partition, offset }] of found) file.#set(topic, partition, offset);
    return file;
  }

  /** null: nothing was ever sent there by this spool. */
  from(topic: string, partition: number): number | null {
    const found = this.#topics.get(topic);
    return found?.partition === partition ? found.offset : null;
  }

  /** Before the first record goes there. @throws what the disk throws: then nothing may go there */
  async begin(topic: string, partition: number, offset: number): Promise<void> {
    const before = this.#topics.get(topic);
    this.#set(topic, partition, offset);
    this.#dirty = true;
    try {
      await this.write(0);
    } catch (error) {
      if (before === undefined) this.#topics.delete(topic);
      else this.#topics.set(topic, before);
      throw error;
    }
  }

  /** The record `seq` was acknowledged at `offset`; all before it in this topic were as well. */
  acknowledged(topic: string, seq: number, offset: number): void {
    const found = this.#topics.get(topic);
    if (found === undefined || ++found.since < MARK_RECORDS) return;
    found.since = 0;
    found.seqs.push(seq);
    found.offsets.push(offset + 1);
    if (found.seqs.length <= MAX_MARKS) return;
    found.seqs = found.seqs.filter((_, i) => i % 2 === 1);
    found.offsets = found.offsets.filter((_, i) => i % 2 === 1);
  }

  /** Writes what follows from a checkpoint that is on the disk. @param lowest seq of its lowest open record */
  async write(lowest: number): Promise<void> {
    for (const found of this.#topics.values()) {
      let passed = 0;
      while (passed < found.seqs.length && found.seqs[passed]! < lowest) passed++;
      if (passed === 0) continue;
      found.offset = Math.max(found.offset, found.offsets[passed - 1]!);
      found.seqs.splice(0, passed);
      found.offsets.splice(0, passed);
      this.#dirty = true;
    }
    if (!this.#dirty) return;
    this.#dirty = false;
    const entries = [...this.#topics].map(([topic, { partition, offset }]) => [topic, { partition, offset }] as const);
    try {
      await writeJson(this.#files, NAMES.offsets, Object.fromEntries(entries), false);
    } catch (error) {
      this.#dirty = true;
      throw error;
    }
  }

  #set(topic: string, partition: number, offset: number): void {
    this.#topics.set(topic, { partition, offset, seqs: [], offsets: [], since: 0 });
  }
}
