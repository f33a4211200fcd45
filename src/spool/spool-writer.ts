import type { RecordSource, RecordType } from '../encoding/record-type.js';
import { ConntrailError, codeOf } from '../errors.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import { joinLedgers } from '../ledger/join-ledgers.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';
import { OUTPUT } from '../sinks/generated/output-type.js';
import type { Output } from '../sinks/output.js';
import { countsOf, OutputAccount, type SpoolStanding } from '../sinks/output-account.js';
import { type Entry, OutputQueue } from '../sinks/output-queue.js';
import { SeriesCounts } from '../sinks/series-counts.js';
import { BlockBuilder, type PendingBlock } from './block-builder.js';
import type { Checkpoint } from './checkpoint.js';
import { CheckpointFile } from './checkpoint-file.js';
import { DirectoryFiles } from './directory-files.js';
import { openForWriting, tellIo } from './open-spool.js';
import { RECORD_HEAD_BYTES } from './segment-format.js';
import { SegmentStore } from './segment-store.js';
import { SpoolAccount } from './spool-account.js';
import type { SpoolFiles, SpoolLock } from './spool-files.js';
import { checkedSpoolOptions, type SpoolOptions } from './spool-options.js';
import type { TypeCounts } from './type-counts.js';

/** Encoded bytes that may wait for the disk. Beyond it whole blocks are dropped, the newest first, and counted. */
export const SPOOL_BACKLOG_BYTES = 64 << 20;
/** Group commit: what is written is synced at most so long, in ms, or so many bytes behind the first byte that is not. */
export const COMMIT_MS = 250;
export const COMMIT_BYTES = 256 << 10;
/** How often the age of segments is looked at, ms. */
const AGE_STEP_MS = 1_000;

/**
 * The agent's end of a spool. Never throws into the pipeline and never blocks it; what cannot be kept is counted. `written` is what is accepted:
 * on the disk.
 */
export class SpoolWriter implements RecordWriter, Output {
  readonly #files: SpoolFiles;
  readonly #lock: SpoolLock;
  readonly #accounts: boolean;
  #store!: SegmentStore;
  #first = 1;
  readonly #block = new BlockBuilder();
  readonly #queue = new OutputQueue<PendingBlock>(SPOOL_BACKLOG_BYTES);
  /** The entry of the queue that each block came by; none: it was made for a ledger record. */
  readonly #entries = new Map<PendingBlock, Entry<PendingBlock>>();
  readonly #output = new OutputAccount();
  readonly account = new SpoolAccount();
  /** The ledger record that is still to be written, after a write of it failed. */
  #due: Ledger | null = null;
  #ledgerBlock: PendingBlock | null = null;
  #ledgerStored = false;
  #working: Promise<void> | null = null;
  #flush = false;
  /** COMMIT_MS have passed since the first record that is not on the disk. */
  #commitDue = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #ageTimer: NodeJS.Timeout;
  #ageDue = false;
  #abandoned = false;
  readonly endsWithinMs = 4_000;
  readonly refused = new SeriesCounts();
  readonly unread = new SeriesCounts();
  readonly errors: ConntrailError[] = [];
  readonly #noted = new Set<string>();

  private constructor(files: SpoolFiles, lock: SpoolLock, { accounts, age }: Required<SpoolOptions>) {
    this.#files = files;
    this.#lock = lock;
    this.#accounts = accounts;
    this.#ageTimer = setInterval(() => {
      this.#ageDue = age !== Infinity;
      if (this.#ageDue) this.#work();
    }, AGE_STEP_MS).unref();
  }

  /**
   * Opens the spool, made when it is not there.
   *
   * @throws ConntrailError CONNTRAIL_OPTION, CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN, CONNTRAIL_OUTPUT_EXISTS, CONNTRAIL_VERSION
   */
  static async open(path: string, options: SpoolOptions): Promise<SpoolWriter> {
    checkedSpoolOptions(options);
    return SpoolWriter.on(await DirectoryFiles.open(path, true), options);
  }

  /** As `open`, in a directory that is held already; it is closed by `finish`, or when this throws. */
  static async on(files: SpoolFiles, options: SpoolOptions): Promise<SpoolWriter> {
    try {
      const checked = checkedSpoolOptions(options);
      const { lock, recovered } = await openForWriting(files);
      const writer = new SpoolWriter(files, lock, checked);
      const events = {
        accepted: (block: PendingBlock) => writer.#accepted(block),
        dropped: (block: PendingBlock) => writer.#dropped(block),
        failed: (error: unknown) => writer.#failed(error),
      };
      try {
        writer.#store = await tellIo(files, () => SegmentStore.open(files, checked, events, recovered));
        writer.#first = writer.#store.next;
        return writer;
      } catch (error) {
        clearInterval(writer.#ageTimer);
        await lock.release();
        throw error;
      }
    } catch (error) {
      await files.close();
      throw error;
    }
  }

  get name(): string {
    return this.#files.path;
  }

  get writer(): RecordWriter {
    return this;
  }

  get written(): SeriesCounts {
    return this.#output.written;
  }

  get backlog(): number {
    return this.#block.size + this.#queue.backlog;
  }

  /** seq of the next record that is accepted. */
  get next(): number {
    return this.#store.next;
  }

  /** seq of the first record that this run gave the spool, or will. */
  get first(): number {
    return this.#first;
  }

  /** Records that this run let go before they had an outcome, whichever run they are of. */
  get expired(): TypeCounts {
    return this.#store.expired;
  }

  /** What became of all records of the spool so far; null when nothing says so any more. Not after `finish`. @throws what the disk throws */
  checkpoint(): Promise<Checkpoint | null> {
    return new CheckpointFile(this.#files).read();
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const block = this.#block;
    return {
      write: (source, units) => {
        if (!block.fits(type.most)) this.#cut();
        if (block.count === 0) block.fits(type.most);
        let end: number;
        try {
          end = type.encode(block.bytes, block.end + RECORD_HEAD_BYTES, source);
        } catch (error) {
          this.account.handedOver.note(type.index, 1, units);
          this.account.encodeError.note(type.index, 1, units);
          throw error;
        }
        if (block.count === 0) this.#wake(COMMIT_MS);
        block.ended(type.index, end, units);
      },
    };
  }

  ledger(record: Ledger): void {
    this.#cut();
    this.account.handedOver.add(countsOf(record));
    this.#queue.ledger(record);
    this.#work();
  }

  push(): void {
    this.#cut();
  }

  /** Resolves when everything handed on so far is accepted or counted as dropped. */
  async idle(): Promise<void> {
    this.#cut();
    while (this.#working !== null || this.#queue.length > 0 || this.#store.unsyncedBytes > 0) {
      this.#flush = true;
      this.#work();
      await this.#working;
      if (this.#abandoned) return;
    }
    this.#flush = false;
  }

  async finish(): Promise<void> {
    clearInterval(this.#ageTimer);
    await this.idle();
    // Room may have come back since; if not, this is where a ledger record is lost after all, and told.
    if (this.#due !== null && !(await this.#storeLedger()) && !this.#abandoned) this.#refuse(countsOf(this.#due));
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#store.close();
    await this.#lock.release();
    await this.#files.close();
  }

  /** What the disk takes later all the same is more than is told, never less. */
  abandon(): void {
    if (this.#abandoned) return;
    this.#store.stop();
    for (const { counts } of this.#entries.keys()) this.#refuse(counts);
    if (this.#due !== null) this.#refuse(countsOf(this.#due));
    for (const entry of this.#queue.clear()) {
      // A gap was counted when it came about.
      if (entry.kind === 'chunk') this.#refuse(entry.chunk.counts);
      else if (entry.kind === 'ledger') this.#refuse(countsOf(entry.record));
    }
    this.#abandoned = true;
    const sentence = `the spool ${this.#files.path} did not take the rest in time; give it room, or a faster disk`;
    this.#note(new ConntrailError('CONNTRAIL_BEHIND', sentence));
  }

  #cut(): void {
    const block = this.#block.take(Date.now());
    if (block === null) return;
    this.account.handedOver.add(block.counts);
    if (!this.#queue.offer(block, block.end, block.counts)) {
      this.#refuse(block.counts);
      const sentence = `the spool ${this.#files.path} is ${SPOOL_BACKLOG_BYTES >> 20} MiB behind; give it room, or a faster disk`;
      this.#note(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    }
    this.#work();
  }

  #wake(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#commitDue = true;
      this.#cut();
      this.#work();
    }, ms);
  }

  #work(): void {
    this.#working ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // What follows must not end before the promise of it is kept.
    await null;
    for (;;) {
      const entry = this.#queue.next();
      if (entry !== undefined) await this.#take(entry);
      const { unsyncedBytes, unsyncedFor } = this.#store;
      const due =
        unsyncedBytes >= COMMIT_BYTES ||
        unsyncedFor >= COMMIT_MS ||
        ((this.#flush || this.#commitDue) && entry === undefined);
      if (entry === undefined) this.#commitDue = false;
      if (due) await this.#store.sync();
      if (this.#ageDue) {
        this.#ageDue = false;
        await this.#store.age();
      }
      if (entry === undefined) break;
    }
    const { unsyncedFor } = this.#store;
    if (unsyncedFor > 0) this.#wake(Math.max(1, COMMIT_MS - unsyncedFor));
    this.#working = null;
  }

  async #take(entry: Entry<PendingBlock>): Promise<void> {
    if (entry.kind === 'gap') {
      this.#output.refuse(entry.counts);
      this.#queue.settle(entry);
    } else if (entry.kind === 'chunk') {
      this.#entries.set(entry.chunk, entry);
      await this.#store.append(entry.chunk);
    } else {
      this.#due = this.#due === null ? entry.record : joinLedgers(this.#due, entry.record);
      await this.#storeLedger();
      this.#queue.settle(entry);
    }
  }

  /** The ledger record that is due, synced, and the output record behind it. Returns whether the former is there. */
  async #storeLedger(): Promise<boolean> {
    const due = this.#due!;
    this.#ledgerBlock = single(LEDGER, due, due.intervals, 0);
    this.#ledgerStored = false;
    await this.#store.append(this.#ledgerBlock);
    await this.#store.sync();
    if (!this.#ledgerStored) return false;
    if (this.#abandoned) return true;
    this.#due = null;
    this.account.spooled.add(countsOf(due));
    this.#output.writeLedger(due);
    if (!this.#accounts) return true;
    const block = single(OUTPUT, this.#output.record(await this.#standing())!, 1, 0);
    this.account.handedOver.add(block.counts);
    await this.#store.append(block);
    return true;
  }

  /** null when it cannot be read: then nothing is said. */
  async #standing(): Promise<SpoolStanding | null> {
    const checkpoint = await this.checkpoint().catch((error: unknown) => this.#failed(error));
    if (checkpoint === null || checkpoint === undefined) return null;
    const { acked, dead_lettered, expired } = checkpoint.outcomes;
    const of = (name: string) => ({
      acked: acked.of(name),
      dead_lettered: dead_lettered.of(name),
      expired: expired.of(name),
    });
    return { first: this.#first, of };
  }

  #accepted(block: PendingBlock): void {
    if (block === this.#ledgerBlock) this.#ledgerStored = true;
    else {
      const settled = this.#settle(block);
      if (settled && this.#abandoned) return;
      this.account.spooled.add(block.counts);
      if (settled) this.#output.write(block.counts);
      else this.#output.recorded();
    }
    this.#block.recycle(block);
  }

  #dropped(block: PendingBlock): void {
    // A ledger record stays due.
    if (block === this.#ledgerBlock) return;
    const settled = this.#settle(block);
    if (settled && this.#abandoned) return;
    if (settled) {
      this.#output.refuse(block.counts);
      this.#refuse(block.counts);
    } else this.account.dropped.add(block.counts);
  }

  /** Whether the block came by the queue. */
  #settle(block: PendingBlock): boolean {
    const entry = this.#entries.get(block);
    if (entry === undefined) return false;
    this.#entries.delete(block);
    this.#queue.settle(entry);
    return true;
  }

  #refuse(counts: SeriesCounts): void {
    this.refused.add(counts);
    this.account.dropped.add(counts);
  }

  #failed(cause: unknown): void {
    if (cause instanceof ConntrailError) {
      this.#note(cause);
      return;
    }
    const code = codeOf(cause);
    const sentence = `writing to the spool ${this.#files.path} failed (${code}); give it room, or see to its disk`;
    this.#note(new ConntrailError('CONNTRAIL_IO', sentence, { cause }), `io:${code}`);
  }

  /** The first of each kind. */
  #note(error: ConntrailError, kind: string = error.code): void {
    if (this.#noted.has(kind)) return;
    this.#noted.add(kind);
    this.errors.push(error);
  }
}

/** One record as a block of its own. */
function single<S extends RecordSource>(type: RecordType<S>, record: S, records: number, units: number): PendingBlock {
  const builder = new BlockBuilder();
  builder.fits(type.most);
  builder.ended(type.index, type.encode(builder.bytes, builder.end + RECORD_HEAD_BYTES, record), units);
  const block = builder.take(Date.now())!;
  return { ...block, counts: SeriesCounts.of(type, records, units) };
}
