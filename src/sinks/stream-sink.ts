import { ConntrailError } from '../errors.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { ByteSink, Chunk, RecordForm } from './byte-sink.js';
import type { ByteTarget } from './byte-target.js';
import { countsOf, OutputAccount } from './output-account.js';
import { type Entry, OutputQueue } from './output-queue.js';
import { wholeRecords } from './record-marks.js';
import { SeriesCounts } from './series-counts.js';

/**
 * Bytes that may wait for a reader that is slower than we are, or has stopped. Beyond it whole chunks are refused, the newest first, and
 * counted; the backlog closes the pipeline's credit gate long before.
 */
export const STREAM_BACKLOG_BYTES = 16 << 20;

export interface StreamSinkOptions {
  /** Is called once, when nothing more can be written. */
  closed?: () => void;
  /** Whether an output record follows each ledger record; true unless said otherwise. */
  accounts?: boolean;
}

/**
 * Standard output. A reader that goes away (EPIPE: `conntrail observe | head`) is no failure: what follows is `unread`, and `closed` is
 * called, so that the command can end.
 */
export class StreamSink implements ByteSink {
  readonly #target: ByteTarget;
  readonly #options: StreamSinkOptions;
  readonly #queue = new OutputQueue<Chunk>(STREAM_BACKLOG_BYTES);
  readonly #account = new OutputAccount();
  readonly #idle: (() => void)[] = [];
  #form: RecordForm = { ledger: () => null, output: () => null };
  #active: Entry<Chunk> | null = null;
  /** Whether nothing more can be written, and whether that is because its reader has gone. */
  #gone = false;
  #left = false;
  /** What was refused so far, wherever it would stand. */
  readonly refused = new SeriesCounts();
  /** What came when the reader had gone. */
  readonly unread = new SeriesCounts();
  readonly errors: ConntrailError[] = [];

  constructor(target: ByteTarget, options: StreamSinkOptions = {}) {
    this.#target = target;
    this.#options = options;
  }

  attach(form: RecordForm): void {
    this.#form = form;
  }

  get backlog(): number {
    return this.#queue.backlog;
  }

  /** What is whole in the output. */
  get written(): SeriesCounts {
    return this.#account.written;
  }

  write(chunk: Chunk): void {
    if (this.#gone) {
      this.#miss(chunk.counts);
      return;
    }
    if (!this.#queue.offer(chunk, chunk.bytes.byteLength, chunk.counts)) {
      this.refused.add(chunk.counts);
      const sentence = `the reader of standard output is ${STREAM_BACKLOG_BYTES >> 20} MiB behind, and records are left out; read faster, or use --to`;
      if (this.errors.length === 0) this.errors.push(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    }
    this.#pump();
  }

  frame(bytes: Uint8Array): void {
    if (this.#gone) return;
    this.#queue.append({ bytes, counts: new SeriesCounts(), marks: null }, bytes.byteLength);
    this.#pump();
  }

  ledger(record: Ledger): void {
    if (this.#gone) {
      this.#miss(countsOf(record));
      return;
    }
    this.#queue.ledger(record);
    this.#pump();
  }

  async idle(): Promise<void> {
    if (this.#active !== null) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Waits for what was taken. The stream stays open: it is not ours. */
  finish(): Promise<void> {
    return this.idle();
  }

  /**
   * Gives up what is not written yet, counted as refused: for an end that cannot wait for the reader. Nothing is written afterwards but
   * what the system has in hand already, less than one piece of 4096 bytes.
   */
  abandon(): void {
    if (this.#active === null || this.#gone) return;
    const sentence = 'the reader of standard output did not take what was left; read faster, or use --to';
    this.errors.push(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    this.#end(this.#active, this.#target.progress, false);
  }

  #pump(): void {
    if (this.#active === null) this.#next();
  }

  #next(): void {
    for (;;) {
      const entry = this.#queue.next() ?? null;
      this.#active = entry;
      if (entry === null) {
        for (const resolve of this.#idle.splice(0)) resolve();
        return;
      }
      if (entry.kind === 'gap') this.#account.refuse(entry.counts);
      else if (this.#begin(entry)) return;
      this.#queue.settle(entry);
    }
  }

  /** Returns whether there is something to wait for. */
  #begin(entry: Entry<Chunk>): boolean {
    if (entry.kind === 'gap') return false;
    const bytes = entry.kind === 'chunk' ? entry.chunk.bytes : this.#form.ledger(entry.record);
    if (bytes === null) return false;
    this.#put(entry, bytes, () => {
      this.#queue.settle(entry);
      if (entry.kind === 'chunk') {
        this.#account.write(entry.chunk.counts);
        this.#next();
      } else {
        this.#account.writeLedger(entry.record);
        this.#tell();
      }
    });
    return true;
  }

  /** Writes the output record that is due behind a ledger record, then goes on. */
  #tell(): void {
    const record = this.#options.accounts === false ? null : this.#account.record();
    const bytes = record === null ? null : this.#form.output(record);
    if (bytes === null) {
      this.#next();
      return;
    }
    // Should it fail, nothing of it is to be counted.
    const told: Entry<Chunk> = { kind: 'gap', counts: new SeriesCounts(), bytes: 0 };
    this.#active = told;
    this.#put(told, bytes, () => {
      this.#account.recorded();
      this.#next();
    });
  }

  #put(entry: Entry<Chunk>, bytes: Uint8Array, then: () => void): void {
    this.#form.place?.(bytes);
    this.#target.write(bytes, (written, error) => {
      if (this.#active !== entry) return;
      if (error === null) then();
      else this.#fail(entry, written, error);
    });
  }

  #fail(entry: Entry<Chunk>, written: number, cause: NodeJS.ErrnoException): void {
    const silent = cause.code === 'EPIPE' || cause.code === 'ERR_STREAM_DESTROYED';
    const torn = this.#end(entry, written, silent);
    if (!silent) {
      const rest = torn === 0 ? '' : `; its last ${torn} bytes are a record or block without its end`;
      const message = `writing to standard output failed (${cause.code ?? cause.message})${rest}; free space or send it elsewhere`;
      this.errors.push(new ConntrailError('CONNTRAIL_IO', message, { cause }));
    }
    this.#options.closed?.();
  }

  /** Nothing more is written. Of `entry`, `written` bytes are there. Returns how many bytes behind the last whole record there are. */
  #end(entry: Entry<Chunk>, written: number, silent: boolean): number {
    this.#gone = true;
    this.#left = silent;
    const missed = silent ? this.unread : this.refused;
    const miss = (counts: SeriesCounts): void => {
      missed.add(counts);
      if (!silent) this.#account.refuse(counts);
    };
    let torn = written;
    if (entry.kind === 'chunk') {
      const { counts, bytes } = wholeRecords(entry.chunk, written);
      this.#account.write(counts);
      miss(entry.chunk.counts.without(counts));
      torn -= bytes;
    } else if (entry.kind === 'ledger') miss(countsOf(entry.record));
    this.#queue.settle(entry);
    for (const next of this.#queue.clear()) {
      // A gap was counted when it came about.
      if (next.kind === 'gap') this.#account.refuse(next.counts);
      else miss(next.kind === 'chunk' ? next.chunk.counts : countsOf(next.record));
    }
    this.#active = null;
    for (const resolve of this.#idle.splice(0)) resolve();
    return torn;
  }

  /** What comes after the end. */
  #miss(counts: SeriesCounts): void {
    (this.#left ? this.unread : this.refused).add(counts);
  }
}
