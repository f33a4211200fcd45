import { ConntrailError } from '../errors.js';
import { createNamedFile, type NamedFile } from '../files/named-file.js';
import type { FrameView } from '../frames/frame-view.js';
import { CORE_KIND } from '../frames/layout.gen.js';
import { BlockBuilder } from './block-builder.js';
import { addBlock, BLOCK_HEAD_BYTES, encodeStart, encodeTrailer, NO_TOTALS, sealBlock, type Totals } from './format.js';
import { encodeHeader, type RecordingHeader } from './header.js';

/**
 * Bytes that may wait for the disk before the writer is busy: the pump then takes no frames, so that losses happen, counted, in the rings
 * and the recording stays whole.
 */
export const RECORDING_BUSY_BYTES = 16 << 20;
/** Bytes that may wait for it at all. A recording with a hole would be worth nothing, so beyond this bound it ends with an error. */
export const RECORDING_BACKLOG_BYTES = 64 << 20;
/** How long a disk may take nothing at all when the recording is to end, ms. */
export const RECORDING_PATIENCE_MS = 3_000;

/** Writes frames down, untouched, in the order given. A block leaves with every flush frame, so `kill -9` costs one interval at most. */
export class RecordingWriter {
  readonly path: string;
  readonly #file: NamedFile;
  readonly #block = new BlockBuilder();
  readonly #totals: Totals = { ...NO_TOTALS };
  #error: ConntrailError | null = null;
  #misplaced: ConntrailError | null = null;
  /** The look at its place that is under way. */
  #look: Promise<void> | null = null;
  #ending = false;
  /** Bytes that were in the file when it last moved on, and when that was. */
  #progress = { bytes: -1, at: 0 };
  /** Whether an interval ended during that one: what it saw may be of before. */
  #lookAgain = false;

  private constructor(path: string, file: NamedFile) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Creates the file, its name synced, and writes the header.
   *
   * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS, CONNTRAIL_OUTPUT_MOVED, CONNTRAIL_IO.
   */
  static async create(path: string, header: RecordingHeader): Promise<RecordingWriter> {
    const start = encodeStart(encodeHeader(header));
    const writer = new RecordingWriter(path, await createNamedFile(path));
    try {
      await writer.#file.directory.sync();
    } catch (cause) {
      await writer.discard();
      throw writer.#unsynced(cause);
    }
    writer.#append(start);
    return writer;
  }

  /** Bytes not yet in the file. */
  get backlog(): number {
    return this.#file.backlog;
  }

  /** Whether the disk is so far behind that frames should wait. */
  get busy(): boolean {
    if (this.#error !== null || this.#file.backlog <= RECORDING_BUSY_BYTES) return false;
    if (this.#ending && this.#hangs()) this.abandon();
    return this.#error === null;
  }

  /** From now on a disk that takes nothing for a while ends the recording: frames cannot wait for it any longer. */
  ending(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#progress = { bytes: this.#file.size, at: performance.now() };
  }

  /** Gives up what is not in the file yet: for an end that cannot wait for the disk. Returns the error that it ends with. */
  abandon(): ConntrailError {
    const sentence = `${this.path} may end early: the disk did not take the rest in time; record to a faster one`;
    this.#fail(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    return this.#error!;
  }

  /** Why recording ended early, or null. Nothing is written after an error: the file ends with its last whole block. */
  get error(): ConntrailError | null {
    return this.#error;
  }

  /** Why the file is not where it was asked for, or null. What is recorded goes on into it all the same. */
  get misplaced(): ConntrailError | null {
    return this.#misplaced;
  }

  /** What is in whole blocks so far. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** Copies one frame; the view may change afterwards. */
  frame(frame: FrameView): void {
    if (this.#error !== null) return;
    if (!this.#block.fits(frame.length)) this.#seal();
    this.#block.add(frame);
    if (frame.kind !== CORE_KIND.flush) return;
    this.#seal();
    this.#lookAgain = this.#look !== null;
    this.#look ??= this.#lookAround();
  }

  /**
   * Writes what is left and the trailer, and closes the file, synced, then its name. Throws the error that ended the recording, if one did,
   * or why it is not in its place.
   */
  async close(): Promise<Readonly<Totals>> {
    if (this.#error === null) {
      if (this.#block.frames > 0) this.#seal();
      if (this.#error === null) this.#append(encodeTrailer(this.#totals));
    }
    await this.#look;
    await this.#file.idle();
    await this.#lookAround();
    const { directory } = this.#file;
    for (const step of [() => this.#file.finish(), () => directory.sync()]) {
      await step().catch((cause: unknown) => {
        this.#error ??= this.#unsynced(cause);
      });
    }
    await directory.close();
    const error = this.#error ?? this.#misplaced;
    if (error !== null) throw error;
    return this.#totals;
  }

  /** Closes and removes the file: nothing was recorded. */
  async discard(): Promise<void> {
    await this.#look;
    await this.#file.discard();
    await this.#file.directory.close();
  }

  /** With each interval: is the file still where it was asked for? */
  async #lookAround(): Promise<void> {
    try {
      do {
        this.#lookAgain = false;
        this.#misplaced ??= (await this.#file.directory.misplaced()) ?? (await this.#file.misnamed());
      } while (this.#lookAgain);
    } catch (cause) {
      const sentence = `${this.path} cannot be found any more (${(cause as Error).message}); see to its disk`;
      this.#misplaced ??= new ConntrailError('CONNTRAIL_IO', sentence, { cause });
    } finally {
      this.#look = null;
    }
  }

  #unsynced(cause: unknown): ConntrailError {
    const code = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    const sentence = `${this.path} may be incomplete: syncing it failed (${code}); record elsewhere`;
    return new ConntrailError('CONNTRAIL_IO', sentence, { cause });
  }

  #hangs(): boolean {
    const { size } = this.#file;
    const now = performance.now();
    if (size !== this.#progress.bytes) this.#progress = { bytes: size, at: now };
    return now - this.#progress.at >= RECORDING_PATIENCE_MS;
  }

  #seal(): void {
    if (this.#file.backlog > RECORDING_BACKLOG_BYTES) {
      this.#fail(
        new ConntrailError(
          'CONNTRAIL_BEHIND',
          `${this.path} ends early: the disk is ${RECORDING_BACKLOG_BYTES >> 20} MiB behind; record to a faster one`,
        ),
      );
      return;
    }
    const { frames } = this.#block;
    const bytes = this.#block.take();
    const crc = sealBlock(bytes, frames, this.#totals.blocks);
    addBlock(this.#totals, frames, bytes.byteLength - BLOCK_HEAD_BYTES, crc);
    this.#append(bytes);
  }

  #append(bytes: Uint8Array): void {
    this.#file.append(bytes, (cause) => {
      if (cause === null) return;
      if (cause instanceof ConntrailError) return this.#fail(cause);
      const sentence = `${this.path} ends early: writing failed (${cause.code ?? cause.message}); free space or record elsewhere`;
      this.#fail(new ConntrailError('CONNTRAIL_IO', sentence, { cause }));
    });
  }

  #fail(error: ConntrailError): void {
    this.#error ??= error;
    this.#file.cancel();
  }
}
