import { setTimeout as sleep } from 'node:timers/promises';
import type { PendingBlock } from './block-builder.js';
import { expireSegment } from './expiry.js';
import { OpenSegment } from './open-segment.js';
import type { Recovered } from './recovery.js';
import { SEGMENT_HEAD_BYTES } from './segment-format.js';
import { firstOf } from './segment-start.js';
import { listSegments, type SpoolFile, type SpoolFiles } from './spool-files.js';
import type { SpoolOptions } from './spool-options.js';
import { TypeCounts } from './type-counts.js';
import { ownTypes } from './type-table.js';
import { encodeWatermark, openWatermark } from './watermark.js';

/** How a disk says that there is no room. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** How long a block waits before room is looked for again, where it waits, ms. */
const BLOCKED_STEP_MS = 100;
/** A segment takes records of at most this part of the age that records may have, so that it can go as a whole. */
const AGE_PART = 8;
/** How often a block is written into a segment that then fails, before it is dropped. */
const ATTEMPTS = 2;

/** What became of blocks: on the disk, or not kept. */
export interface StoreEvents {
  accepted(block: PendingBlock): void;
  dropped(block: PendingBlock): void;
  failed(error: unknown): void;
}

/** A segment as the store remembers it. */
interface Known {
  bytes: number;
  /** When its youngest record was handed over, by the monotonic clock, ms. */
  youngest: number;
}

/**
 * The segments as their writer sees them: appends blocks, syncs them together, keeps within bytes and age. One call at a time; none throws for
 * what the disk does: a block is told to be accepted or dropped, once.
 */
export class SegmentStore {
  readonly #files: SpoolFiles;
  readonly #options: Required<SpoolOptions>;
  readonly #events: StoreEvents;
  readonly #segments = new Map<number, Known>();
  readonly #watermark: SpoolFile;
  #open: OpenSegment | null = null;
  #number: number;
  /** seq of the next record that is appended, and of the first that is not synced. */
  #next: number;
  #safe: number;
  /** Blocks that are in the open segment and not on the disk. */
  #unsynced: PendingBlock[] = [];
  /** When the first of them was appended, by the monotonic clock, ms. */
  #since = 0;
  #stopped = false;
  readonly expired = new TypeCounts();

  private constructor(
    files: SpoolFiles,
    options: Required<SpoolOptions>,
    events: StoreEvents,
    watermark: SpoolFile,
    { segment, next, segments }: Recovered,
  ) {
    this.#files = files;
    this.#options = options;
    this.#events = events;
    this.#watermark = watermark;
    this.#number = segment;
    this.#next = this.#safe = next;
    // Of what earlier runs wrote only the wall clock tells the age, once: from here on it grows by the monotonic one.
    const now = performance.now();
    for (const [number, { bytes, youngest }] of segments) {
      this.#segments.set(number, { bytes, youngest: now - Math.max(0, Date.now() - youngest) });
    }
  }

  static async open(
    files: SpoolFiles,
    options: Required<SpoolOptions>,
    events: StoreEvents,
    recovered: Recovered,
  ): Promise<SegmentStore> {
    const { segment, next, segments } = recovered;
    const last = [...segments].at(-1);
    const mark = { segment: last?.[0] ?? segment - 1, offset: last?.[1].bytes ?? 0, next };
    return new SegmentStore(files, options, events, await openWatermark(files, mark), recovered);
  }

  /** Bytes that are appended and not on the disk. */
  get unsyncedBytes(): number {
    return this.#unsynced.length === 0 ? 0 : this.#open!.size - this.#open!.synced;
  }

  /** How long the first of them has been waiting, ms; 0: there is none. */
  get unsyncedFor(): number {
    return this.#unsynced.length === 0 ? 0 : performance.now() - this.#since;
  }

  /** seq of the next record that is accepted. */
  get next(): number {
    return this.#safe;
  }

  /** From now on nothing is waited for. */
  stop(): void {
    this.#stopped = true;
  }

  /** Appends a block, which is then told of by an event, at the latest with the next `sync`. */
  async append(block: PendingBlock): Promise<void> {
    for (;;) {
      if (await this.#appended(block)) return;
      const { policy } = this.#options;
      if (policy === 'oldest' && block.failures < ATTEMPTS && (await this.#expireOldest())) continue;
      if (policy !== 'block' || this.#stopped) break;
      await sleep(BLOCKED_STEP_MS);
      await this.#look();
    }
    this.#events.dropped(block);
  }

  /** Returns when everything appended is on the disk, or dropped. */
  async sync(): Promise<void> {
    while (this.#unsynced.length > 0) {
      const open = this.#open!;
      try {
        await open.sync();
      } catch (error) {
        this.#events.failed(error);
        await this.#again();
        continue;
      }
      const known = this.#segments.get(open.number)!;
      known.bytes = open.size;
      known.youngest = performance.now();
      this.#safe = this.#next;
      for (const block of this.#unsynced.splice(0)) this.#events.accepted(block);
      await this.#mark(open);
    }
  }

  /** Lets go what is too old. Of the open segment nothing, unless it is due to be followed by another. */
  async age(): Promise<void> {
    const { age } = this.#options;
    if (age === Infinity) return;
    if (this.#open !== null && performance.now() - this.#open.begun >= age / AGE_PART) await this.#rotate();
    for (const [number, { youngest }] of this.#segments) {
      if (number === this.#open?.number || performance.now() - youngest < age) break;
      if (!(await this.#expire(number))) break;
    }
  }

  async close(): Promise<void> {
    await this.#rotate();
    await this.#watermark.close();
  }

  /** Whether the block is in the open segment; when not, it is full or failed. */
  async #appended(block: PendingBlock): Promise<boolean> {
    const { segmentBytes, size } = this.#options;
    if (this.#open !== null && this.#open.size >= segmentBytes) await this.#rotate();
    const start = this.#open === null ? SEGMENT_HEAD_BYTES + ownTypes().bytes.length : 0;
    if (this.#bytes + start + block.end > size) {
      await this.#look();
      if (this.#bytes + start + block.end > size) return false;
    }
    try {
      this.#open ??= await this.#begin();
      await this.#open.append(block, this.#next);
    } catch (error) {
      this.#events.failed(error);
      // What the disk took stays; what it did not is tried in another segment, once.
      if (!FULL.has((error as NodeJS.ErrnoException).code ?? '')) {
        block.failures++;
        await this.#rotate();
        return block.failures < ATTEMPTS && this.#appended(block);
      }
      return false;
    }
    if (this.#unsynced.length === 0) this.#since = performance.now();
    this.#unsynced.push(block);
    this.#next += block.count;
    this.#segments.get(this.#open.number)!.bytes = this.#open.size;
    return true;
  }

  async #begin(): Promise<OpenSegment> {
    const open = await OpenSegment.begin(this.#files, ownTypes(), this.#number, this.#next);
    this.#segments.set(this.#number, { bytes: open.size, youngest: performance.now() });
    this.#number++;
    return open;
  }

  /** Syncs and closes the open segment; the next block begins another. */
  async #rotate(): Promise<void> {
    await this.sync();
    await this.#open?.close();
    this.#open = null;
  }

  /**
   * After a sync that failed nobody knows what is on the disk, and a second one would say that all is well. So what it was about is written again
   * into another segment, which makes void what this one holds of it.
   */
  async #again(): Promise<void> {
    const open = this.#open!;
    const blocks = this.#unsynced.splice(0);
    this.#open = null;
    this.#next = this.#safe;
    if (open.synced > 0) this.#segments.get(open.number)!.bytes = open.synced;
    else this.#segments.delete(open.number);
    await open.abandon();
    for (const block of blocks) {
      block.failures++;
      if (block.failures >= ATTEMPTS && this.#options.policy === 'block' && !this.#stopped)
        await sleep(BLOCKED_STEP_MS);
      if (block.failures < ATTEMPTS || (this.#options.policy === 'block' && !this.#stopped)) await this.append(block);
      else this.#events.dropped(block);
    }
  }

  /** Tells readers how far they may read. A disk that does not take it tells them later. */
  async #mark({ number, synced }: OpenSegment): Promise<void> {
    const mark = encodeWatermark({ segment: number, offset: synced, next: this.#safe });
    await this.#watermark.write(mark, 0).catch((error: unknown) => this.#events.failed(error));
  }

  get #bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#segments.values()) sum += bytes;
    return sum;
  }

  /** Forgets segments that whoever read them removed. */
  async #look(): Promise<void> {
    const list = await listSegments(this.#files).catch((error: unknown) => this.#events.failed(error));
    if (list === undefined) return;
    const there = new Set(list.map(({ number }) => number));
    for (const number of this.#segments.keys()) {
      if (!there.has(number) && number !== this.#open?.number) this.#segments.delete(number);
    }
  }

  /** Whether a segment could be let go. */
  async #expireOldest(): Promise<boolean> {
    let [oldest] = this.#segments.keys();
    if (oldest === undefined) return false;
    if (oldest === this.#open?.number) {
      // Nothing is gained by what holds no record: what comes does not fit at all.
      if (this.#open.first === this.#next) return false;
      await this.#rotate();
      [oldest] = this.#segments.keys();
      if (oldest === undefined) return false;
    }
    return this.#expire(oldest);
  }

  async #expire(number: number): Promise<boolean> {
    try {
      const expired = await expireSegment(this.#files, number, await this.#endOf(number));
      if (expired === null) return false;
      this.expired.add(expired);
      this.#segments.delete(number);
      return true;
    } catch (error) {
      this.#events.failed(error);
      return false;
    }
  }

  /** Where the next one begins. */
  async #endOf(number: number): Promise<number> {
    for (const later of this.#segments.keys()) {
      if (later <= number) continue;
      if (later === this.#open?.number) return this.#open.first;
      const first = await firstOf(this.#files, later);
      if (first !== null) return first;
    }
    return this.#safe;
  }
}
