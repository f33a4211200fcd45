import { randomUUID } from 'node:crypto';
import type { Codec, RawBlock } from '../../encoding/container-writer.js';
import type { RecordSource, RecordType } from '../../encoding/record-type.js';
import { ConntrailError, codeOf } from '../../errors.js';
import { DirectoryChanges } from '../../files/directory-changes.js';
import type { OutputDirectory } from '../../files/output-directory.js';
import type { Ledger } from '../../ledger/generated/ledger.js';
import { LEDGER } from '../../ledger/generated/ledger-type.js';
import { joinLedgers } from '../../ledger/join-ledgers.js';
import type { RecordPort, RecordWriter } from '../../pipeline/record-writer.js';
import { OUTPUT } from '../generated/output-type.js';
import type { Output } from '../output.js';
import { countsOf, OutputAccount } from '../output-account.js';
import { type Entry, OutputQueue } from '../output-queue.js';
import { SeriesCounts } from '../series-counts.js';
import { singleBlock } from '../single-record.js';
import { ContainerFile } from './container-file.js';
import { findEarlierRuns } from './earlier-runs.js';
import { prepareDirectory } from './prepare.js';
import { type EarlierRun, RunLinks } from './run-links.js';
import { type SeriesBlock, SeriesBlocks } from './series-blocks.js';

/** Encoded bytes that may wait for the disk. Beyond it whole blocks are dropped, the newest first, and counted, … */
export const DIRECTORY_BACKLOG_BYTES = 64 << 20;
/** … but not of a series of which less than this waits: a flood of one does not cost the others. */
export const SERIES_BACKLOG_BYTES = 4 << 20;
/** Blocks that wait are written together until they are so large: each call takes turns of a thread that may have much else to do. */
const TOGETHER_BYTES = 1 << 20;

export interface DirectoryOptions {
  codec: Codec;
  /** A file is followed by another when a block made it at least this large, in bytes, … */
  rotateSize: number;
  /** … or when it is at least this old, in ms. */
  rotateEvery: number;
  /** Whether there is a series of output records; true unless said otherwise. */
  accounts?: boolean;
}

/** What there is one series of files of: a record type. */
type Series = Pick<RecordType, 'name' | 'schema'>;

/**
 * Writes a directory with one series of container files per record type. Blocks are appended whole, records before the ledger
 * record that counts them, at least one per interval, an output record last: what a `kill -9` leaves is readable up to its last block.
 * A failed write loses its block of records, counted; the next one is tried again. A ledger record that could not be written is
 * joined to the next one.
 */
export class DirectorySink implements RecordWriter, Output {
  readonly #directory: OutputDirectory;
  readonly #options: DirectoryOptions;
  readonly #links: RunLinks;
  /** The open file of each series, and the number of the last one there was. */
  readonly #files = new Map<Series, ContainerFile>();
  readonly #sequences = new Map<Series, number>();
  readonly #blocks: SeriesBlocks[] = [];
  /** Bytes of each series that wait. */
  readonly #waiting = new Map<Series, number>();
  readonly #queue = new OutputQueue<SeriesBlock>(DIRECTORY_BACKLOG_BYTES);
  readonly #account = new OutputAccount();
  /** The ledger record that is still to be written, after a write of it failed. */
  #due: Ledger | null = null;
  #working: Promise<void> | null = null;
  /** Blocks of records that are being written. */
  readonly #active = new Set<SeriesBlock>();
  #abandoned = false;
  readonly endsWithinMs = 30_000;
  /** What was refused so far, wherever it would stand. */
  readonly refused = new SeriesCounts();
  readonly unread = new SeriesCounts();
  readonly errors: ConntrailError[] = [];
  readonly #noted = new Set<string>();
  readonly #changes = new DirectoryChanges();

  private constructor(directory: OutputDirectory, options: DirectoryOptions, earlier: readonly EarlierRun[]) {
    this.#links = new RunLinks(randomUUID(), earlier, options.accounts !== false);
    this.#directory = directory;
    this.#options = options;
  }

  /**
   * Prepares the directory; files are made with their first block.
   *
   * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN.
   */
  static async open(directory: string, options: DirectoryOptions): Promise<DirectorySink> {
    const prepared = await prepareDirectory(directory);
    return new DirectorySink(prepared, options, await findEarlierRuns(prepared));
  }

  get name(): string {
    return this.#directory.path;
  }

  get writer(): RecordWriter {
    return this;
  }

  get written(): SeriesCounts {
    return this.#account.written;
  }

  get backlog(): number {
    let waiting = this.#queue.backlog;
    for (const { size } of this.#blocks) waiting += size;
    return waiting;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const blocks = new SeriesBlocks(type, (block) => this.#offer(block));
    this.#blocks.push(blocks);
    return blocks.port(type);
  }

  ledger(record: Ledger): void {
    this.#cut();
    this.#queue.ledger(record);
    this.#work();
  }

  /** Nothing: a block leaves when it is full and at the end of each interval; more of them would only be smaller. */
  push(): void {}

  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  async finish(): Promise<void> {
    this.#cut();
    await this.idle();
    // Room may have come back since; if not, this is where a ledger record is lost after all, and told.
    if (this.#due !== null && !(await this.#storeLedger()) && !this.#abandoned) this.#refuse(countsOf(this.#due));
    await this.#look();
    for (const series of this.#files.keys()) await this.#finish(series);
    await this.#directory.close();
  }

  /** What the disk takes later all the same is more than is told, never less. */
  abandon(): void {
    if (this.#abandoned) return;
    // A ledger record that is being written is due.
    for (const { counts } of this.#active) this.#refuse(counts);
    if (this.#due !== null) this.#refuse(countsOf(this.#due));
    for (const entry of this.#queue.clear()) {
      // A gap was counted when it came about.
      if (entry.kind === 'chunk') this.#refuse(entry.chunk.counts);
      else if (entry.kind === 'ledger') this.#refuse(countsOf(entry.record));
    }
    this.#abandoned = true;
    const sentence = `${this.#directory.path} did not take the rest in time; write to a faster disk`;
    this.#note(new ConntrailError('CONNTRAIL_BEHIND', sentence));
  }

  #cut(): void {
    for (const blocks of this.#blocks) blocks.cut();
  }

  #offer(block: SeriesBlock): void {
    const { series, bytes, counts } = block;
    const waiting = this.#waiting.get(series) ?? 0;
    if (this.#queue.offer(block, bytes, counts, waiting < SERIES_BACKLOG_BYTES)) {
      this.#waiting.set(series, waiting + bytes);
    } else {
      this.refused.add(counts);
      const sentence = `${this.#directory.path} is ${DIRECTORY_BACKLOG_BYTES >> 20} MiB behind; write to a faster disk`;
      this.#note(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    }
    this.#work();
  }

  #work(): void {
    this.#working ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // What follows must not end before the promise of it is kept.
    await null;
    for (;;) {
      const chunks = this.#queue.nextChunks(Math.min(TOGETHER_BYTES, this.#options.rotateSize));
      if (chunks.length > 0) {
        await this.#storeRecords(chunks.map(({ chunk }) => chunk));
        for (const entry of chunks) this.#settle(entry);
        continue;
      }
      const entry = this.#queue.next();
      if (entry === undefined) break;
      await this.#take(entry);
      this.#queue.settle(entry);
    }
    this.#working = null;
  }

  #settle(entry: Extract<Entry<SeriesBlock>, { kind: 'chunk' }>): void {
    this.#queue.settle(entry);
    const { series, bytes } = entry.chunk;
    this.#waiting.set(series, this.#waiting.get(series)! - bytes);
  }

  async #take(entry: Entry<SeriesBlock>): Promise<void> {
    if (entry.kind === 'gap') this.#account.refuse(entry.counts);
    else if (entry.kind === 'ledger') {
      this.#due = this.#due === null ? entry.record : joinLedgers(this.#due, entry.record);
      await this.#storeLedger();
      await this.#look();
    }
  }

  async #storeRecords(blocks: readonly SeriesBlock[]): Promise<void> {
    for (const block of blocks) this.#active.add(block);
    for (const series of new Set(blocks.map((block) => block.series))) {
      await this.#storeSeries(
        series,
        blocks.filter((block) => block.series === series),
      );
    }
  }

  async #storeSeries(series: Series, blocks: readonly SeriesBlock[]): Promise<void> {
    const raw = blocks.map(({ block }) => block);
    const stored = await this.#store(series, raw);
    // One by one, what there is room for finds it.
    if (!stored && blocks.length > 1 && !this.#abandoned) {
      for (const block of blocks) await this.#storeSeries(series, [block]);
      return;
    }
    for (const block of blocks) {
      this.#active.delete(block);
      if (!this.#abandoned) {
        if (stored) this.#account.write(block.counts);
        else this.#refuse(block.counts);
      }
      block.recycle(block.block);
    }
  }

  /** The ledger record that is due, and the output record behind it. Returns whether the former is in its file. */
  async #storeLedger(): Promise<boolean> {
    const due = this.#due!;
    if (!(await this.#store(LEDGER, [singleBlock(LEDGER, due, null)]))) return false;
    if (this.#abandoned) return true;
    this.#due = null;
    this.#account.writeLedger(due);
    if (this.#options.accounts === false) return true;
    const output = this.#account.record()!;
    if (await this.#store(OUTPUT, [singleBlock(OUTPUT, output, null)])) this.#account.recorded();
    return true;
  }

  /** Appends blocks to their series. Returns whether they are there; never throws. */
  async #store(series: Series, blocks: readonly RawBlock[]): Promise<boolean> {
    try {
      const file = this.#files.get(series) ?? (await this.#next(series, blocks[0]!));
      await file.write(blocks);
      if (file.checksumError !== null) this.#note(failed(this.#directory.path, file.checksumError));
      const { rotateSize, rotateEvery } = this.#options;
      if (file.size >= rotateSize || file.age >= rotateEvery) await this.#finish(series);
      return true;
    } catch (cause) {
      const error = failed(this.#directory.path, cause);
      if (error.code === 'CONNTRAIL_OUTPUT_MOVED') await this.#look(true);
      this.#note(error);
      return false;
    }
  }

  /**
   * Once an interval: is output still where it was asked for? A file that lost its name is followed by another, which has one.
   * @param known whether a file is known to have lost it
   */
  async #look(known = false): Promise<void> {
    try {
      const misplaced = await this.#directory.misplaced();
      if (misplaced !== null) this.#note(misplaced, 'directory');
      const { mtimeNs } = await this.#directory.stat();
      if (!this.#changes.due(mtimeNs, performance.now()) && !known) return;
      for (const [series, file] of this.#files) {
        const error = await file.misnamed();
        if (error === null) continue;
        this.#note(error);
        await this.#finish(series);
      }
    } catch (cause) {
      this.#note(failed(this.#directory.path, cause));
    }
  }

  /** A disk that takes a file's bytes and then cannot keep them is a failure, but which blocks it lost nobody knows: `verify` does. */
  async #finish(series: Series): Promise<void> {
    const file = this.#files.get(series);
    this.#files.delete(series);
    if (file !== undefined) this.#links.finished(series.name, file.seen(this.#sequences.get(series)!));
    await file?.finish().catch((cause: unknown) => this.#note(failed(this.#directory.path, cause)));
  }

  async #next(series: Series, first: RawBlock): Promise<ContainerFile> {
    const sequence = (this.#sequences.get(series) ?? 0) + 1;
    const { name, schema } = series;
    const file = await ContainerFile.create({
      directory: this.#directory,
      record: name,
      schema,
      codec: this.#options.codec,
      sequence,
      metadata: this.#links.metadata(name, sequence, first),
    });
    this.#sequences.set(series, sequence);
    this.#files.set(series, file);
    return file;
  }

  #refuse(counts: SeriesCounts): void {
    this.refused.add(counts);
    this.#account.refuse(counts);
  }

  /** Keeps the first error of each kind: a full disk or a directory that has gone gives one for every file that is tried. */
  #note(error: ConntrailError, of: 'file' | 'directory' = 'file'): void {
    const moved = error.code === 'CONNTRAIL_OUTPUT_MOVED';
    const kind = moved ? of : `${error.code} ${(error.cause as NodeJS.ErrnoException | undefined)?.code}`;
    // Of a directory that has gone or moved, so have its files.
    if (this.#noted.has(kind) || (moved && this.#noted.has('directory'))) return;
    this.#noted.add(kind);
    this.errors.push(error);
  }
}

function failed(directory: string, cause: unknown): ConntrailError {
  if (cause instanceof ConntrailError) return cause;
  const code = codeOf(cause);
  const sentence = `writing to ${directory} failed (${code}); free space or choose another directory`;
  return new ConntrailError('CONNTRAIL_IO', sentence, { cause });
}
