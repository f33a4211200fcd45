import { type Checkpoint, firstCheckpoint, type Outcome } from './checkpoint.js';
import { CheckpointFile } from './checkpoint-file.js';
import { DirectoryFiles } from './directory-files.js';
import { openForReading } from './open-spool.js';
import { SegmentCursor } from './segment-cursor.js';
import { firstOf } from './segment-start.js';
import { SettleWindow } from './settle-window.js';
import type { SpoolBlock } from './spool-block.js';
import { listSegments, type SpoolFiles, type SpoolLock, segmentName } from './spool-files.js';
import { TypeTables } from './type-tables.js';
import { readWatermark, type Watermark } from './watermark.js';

/** Records that may be delivered without an outcome: beyond it nothing more is delivered. */
export const MAX_OPEN_RECORDS = 1_000_000;
/** Outcomes are on the disk so long after they were told, ms: what comes of a crash before is delivered again. */
const CHECKPOINT_MS = 250;
/** How often new records are looked for where the system does not tell of them, ms. */
const LOOK_MS = 1_000;

export interface SpoolReaderOptions {
  /** Whether `next` waits for records to come; else it ends at the last one there is. true by default. */
  follow?: boolean;
}

/**
 * A sender's end of a spool: gives blocks of records in order, from the lowest one whose outcome is open, and takes what became of each, in any
 * order. Only one process has one at a time. What was delivered and not settled when it ends is delivered again.
 */
export class SpoolReader {
  readonly #files: SpoolFiles;
  readonly #lock: SpoolLock;
  readonly #follow: boolean;
  readonly #window = new SettleWindow();
  readonly #tables: TypeTables;
  readonly #ready: SpoolBlock[] = [];
  #checkpoint: Checkpoint;
  /** seq of the next record that is delivered. */
  #expected: number;
  #cursor: SegmentCursor | null = null;
  /** Segments that were seen and may still be there, and the seq that each begins with. */
  #seen: { number: number; first: number }[] = [];
  #committing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #wake: (() => void) | null = null;
  #changes = 0;
  readonly #unwatch: () => void;
  /** Why the last checkpoint could not be written; null: it was. It is tried again with the next outcome. */
  error: Error | null = null;

  private constructor(
    files: SpoolFiles,
    lock: SpoolLock,
    checkpoint: Checkpoint,
    { follow = true }: SpoolReaderOptions,
  ) {
    this.#files = files;
    this.#lock = lock;
    this.#follow = follow;
    this.#checkpoint = checkpoint;
    this.#expected = checkpoint.lowest;
    this.#tables = new TypeTables(files);
    this.#unwatch = files.watch(() => this.#changed());
  }

  /** @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN, CONNTRAIL_OUTPUT_EXISTS, CONNTRAIL_VERSION */
  static async open(path: string, options: SpoolReaderOptions = {}): Promise<SpoolReader> {
    return SpoolReader.on(await DirectoryFiles.open(path, false), options);
  }

  /** As `open`, in a directory that is held already; it is closed by `close`, or when this throws. */
  static async on(files: SpoolFiles, options: SpoolReaderOptions = {}): Promise<SpoolReader> {
    try {
      const lock = await openForReading(files);
      try {
        // Where a writer is at work there is one, unless both slots were damaged meanwhile.
        const checkpoint = (await new CheckpointFile(files).update(async (found) =>
          found === null ? firstCheckpoint(await firstResident(files)) : null,
        ))!;
        return new SpoolReader(files, lock, checkpoint, options);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      await files.close();
      throw error;
    }
  }

  /** What is known to be on the disk. */
  get checkpoint(): Readonly<Checkpoint> {
    return this.#checkpoint;
  }

  /** Records delivered without an outcome. */
  get open(): number {
    return this.#window.open;
  }

  /** Outcomes that came too late to count. */
  get late(): number {
    return this.#window.late;
  }

  /** The next block; null at the end: when the reader is closed, the signal aborts, or, without `follow`, there is no more. */
  async next(signal?: AbortSignal): Promise<SpoolBlock | null> {
    while (!this.#closed && signal?.aborted !== true) {
      const { open } = this.#window;
      const changes = this.#changes;
      const block = open >= MAX_OPEN_RECORDS ? null : await this.#take();
      if (block !== null) return block;
      if (!this.#follow && open < MAX_OPEN_RECORDS) return null;
      if (changes === this.#changes) await this.#change(signal);
    }
    return null;
  }

  /** All blocks, as `next` gives them. */
  async *blocks(signal?: AbortSignal): AsyncGenerator<SpoolBlock, void, undefined> {
    for (let block = await this.next(signal); block !== null; block = await this.next(signal)) yield block;
  }

  /** The sink has the records `[first, first + count)`. Takes effect at once, and is on the disk soon; `commit` waits for that. */
  ack(first: number, count: number): void {
    this.settle(first, count, 'acked');
  }

  /** What became of the records `[first, first + count)`. The first outcome of a record is its only one. */
  settle(first: number, count: number, outcome: Outcome): void {
    this.#window.settle(first, count, outcome);
    this.#changed();
    this.#settleSoon();
  }

  #settleSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.commit().catch(() => {});
    }, CHECKPOINT_MS);
  }

  /** Returns when everything settled so far below the lowest open record is on the disk. Throws what the disk throws. */
  async commit(): Promise<void> {
    while (this.#committing !== null) await this.#committing.catch(() => {});
    this.#committing = this.#commit();
    try {
      await this.#committing;
      this.error = null;
    } catch (error) {
      this.error = error as Error;
      throw error;
    } finally {
      this.#committing = null;
    }
  }

  /** Writes the last checkpoint and lets go of the spool. Throws what the disk throws; it is let go all the same. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#changed();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#unwatch();
    try {
      await this.commit();
    } finally {
      await this.#cursor?.close();
      await this.#lock.release();
      await this.#files.close();
    }
  }

  async #commit(): Promise<void> {
    const now = await new CheckpointFile(this.#files).update(
      // What expired meanwhile has its outcome; it begins from there.
      (found) => {
        const due = this.#window.checkpoint(found ?? this.#checkpoint);
        return due === null ? null : { ...due, segment: Math.max(due.segment, ...this.#settled(due.lowest)) };
      },
      async ({ lowest }) => {
        for (const number of this.#settled(lowest)) await this.#files.remove(segmentName(number));
      },
    );
    if (now === null) return;
    this.#checkpoint = now;
    const settled = this.#settled(now.lowest);
    this.#seen = this.#seen.filter(({ number }) => !settled.includes(number));
    this.#window.forget(now.lowest);
    this.#expected = Math.max(this.#expected, now.lowest);
  }

  /** Segments that end at or below a seq: a segment ends where the next one begins. */
  #settled(lowest: number): number[] {
    return this.#seen.filter((_, i) => (this.#seen[i + 1]?.first ?? Infinity) <= lowest).map(({ number }) => number);
  }

  /** The next block that is there. */
  async #take(): Promise<SpoolBlock | null> {
    for (;;) {
      const block = this.#ready.shift() ?? null;
      if (block === null) {
        if (!(await this.#fill())) return null;
        continue;
      }
      // It expired while it waited here, or another segment had it.
      if (block.first < this.#expected) continue;
      if (block.first > this.#expected) this.#window.skip(this.#expected, block.first);
      this.#window.deliver(block);
      this.#expected = block.first + block.count;
      return block;
    }
  }

  /** Reads on; whether there was anything. */
  async #fill(): Promise<boolean> {
    const mark = await readWatermark(this.#files);
    if (mark === null) return false;
    if (await this.#read(mark)) return true;
    // All that was promised was looked at: what was not found is not there.
    const behind = this.#cursor !== null && this.#cursor.number > mark.segment;
    if (this.#expected < mark.next && !behind) {
      this.#window.skip(this.#expected, mark.next);
      this.#expected = mark.next;
      this.#settleSoon();
    }
    return false;
  }

  async #read(mark: Watermark): Promise<boolean> {
    if (this.#cursor === null && !(await this.#enter(mark, 0))) return false;
    const cursor = this.#cursor!;
    if (cursor.number > mark.segment) return false;
    if (cursor.number === mark.segment) {
      const blocks = await cursor.next(this.#expected, mark.offset);
      this.#ready.push(...(blocks ?? []));
      return blocks !== null;
    }
    // Whole, as it has one behind it, but for what that one makes void.
    const blocks = (await cursor.next(this.#expected, null)) ?? [];
    const following = await this.#following(mark, cursor.number);
    const end = following?.first ?? mark.next;
    const valid = blocks.filter(({ first, count }) => first + count <= end);
    this.#ready.push(...valid);
    if (blocks.length > 0 && valid.length === blocks.length) return true;
    // A missing or damaged end is told by where the next one begins.
    return (await this.#enter(mark, cursor.number)) || valid.length > 0;
  }

  /** Goes on to the segment behind number `after`; whether there is one. */
  async #enter(mark: Watermark, after: number): Promise<boolean> {
    for (;;) {
      let following = await this.#following(mark, after);
      // Segments that are settled are passed by.
      for (let beyond = following; beyond !== null && beyond.first <= this.#expected; ) {
        following = beyond;
        this.#see(beyond);
        beyond = await this.#following(mark, beyond.number);
      }
      if (following === null) return false;
      this.#see(following);
      const { number } = following;
      const cursor = await SegmentCursor.open(this.#files, number, (crc) => this.#tables.find(crc));
      if (cursor === null) {
        // It expired; where it is not known any more it is not found again.
        this.#seen = this.#seen.filter((segment) => segment.number !== number);
        continue;
      }
      this.#tables.learn(cursor.start.table);
      await this.#cursor?.close();
      this.#cursor = cursor;
      return true;
    }
  }

  /** The next segment behind number `after` that may be read, with the seq it begins with. */
  async #following(mark: Watermark, after: number): Promise<{ number: number; first: number } | null> {
    const known = this.#seen.find(({ number }) => number > after);
    if (known !== undefined) return known;
    for (const { number } of await listSegments(this.#files)) {
      if (number <= after || number > mark.segment) continue;
      const first = await firstOf(this.#files, number);
      if (first !== null) return { number, first };
    }
    return null;
  }

  #see(segment: { number: number; first: number }): void {
    if (!this.#seen.some(({ number }) => number === segment.number)) this.#seen.push(segment);
  }

  #changed(): void {
    this.#changes++;
    this.#wake?.();
  }

  /** Resolves when something may have changed. */
  async #change(signal: AbortSignal | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let wake = (): void => {};
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#wake = resolve;
      timer = setTimeout(resolve, LOOK_MS);
      signal?.addEventListener('abort', wake, { once: true });
    });
    clearTimeout(timer);
    signal?.removeEventListener('abort', wake);
    this.#wake = null;
  }
}

/** seq that the segments begin with. */
async function firstResident(files: SpoolFiles): Promise<number> {
  for (const { number } of await listSegments(files)) {
    const first = await firstOf(files, number);
    if (first !== null) return first;
  }
  return (await readWatermark(files))?.next ?? 1;
}
