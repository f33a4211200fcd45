import { fstat, ftruncate, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Told once per append: what went wrong, or null when every byte is in the file, and the file still has a name. */
export type Settled = (error: NodeJS.ErrnoException | null) => void;

/** The file has no name any more: what was written is gone as soon as it is closed. */
export class FileRemovedError extends Error {
  readonly code = 'ENOENT';

  constructor() {
    super('the file was removed while it was written to');
  }
}

interface Append {
  bytes: Uint8Array;
  settled: Settled;
}

/**
 * Appends whole chunks to one file, in order, off the calling thread, each by a single write call. A chunk is in the file whole or not at
 * all: what a failed or short write left behind is cut off again, so that a full disk never leaves a torn chunk, nor does a later, shorter
 * chunk leave the end of a torn one behind itself.
 *
 * Unbounded by itself: the owner looks at `backlog` before it appends and decides what its policy is.
 */
export class Appender {
  readonly #file: FileHandle;
  readonly #queue: Append[] = [];
  #active = false;
  /** Whether something may stand in the file behind `size`. */
  #torn = false;
  #idle: (() => void)[] = [];
  /** Bytes of the chunks that are whole in the file. */
  size = 0;
  /** Bytes handed over and not yet settled. */
  backlog = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Takes `bytes` over until `settled` is called; they must not change meanwhile. */
  append(bytes: Uint8Array, settled: Settled): void {
    this.backlog += bytes.byteLength;
    this.#queue.push({ bytes, settled });
    if (!this.#active) this.#next();
  }

  /** Resolves when everything handed over so far is settled. */
  async idle(): Promise<void> {
    if (this.#active) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Forgets what is queued and not yet being written; nobody is told. For an owner whose file has no use for later chunks. */
  cancel(): void {
    for (const { bytes } of this.#queue.splice(1)) this.backlog -= bytes.byteLength;
  }

  /**
   * Settles what is left, waits until it is on the disk itself, and closes the file: what is finished outlasts a power cut. Throws what
   * syncing throws, which may be about any byte of the file, or cutting off a torn chunk; it is closed all the same.
   */
  async finish(): Promise<void> {
    await this.idle();
    try {
      if (this.#torn)
        await new Promise<void>((resolve, reject) => this.#cut((error) => (error ? reject(error) : resolve())));
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  /** Settles what is left and closes a file that nobody needs. */
  async close(): Promise<void> {
    await this.idle();
    await this.#file.close();
  }

  #next(): void {
    const head = this.#queue[0];
    if (head === undefined) {
      this.#active = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#active = true;
    if (this.#torn) this.#cut(() => this.#write(head, 0));
    else this.#write(head, 0);
  }

  /** pwrite at an explicit position: whatever a torn chunk left is overwritten even if cutting it off failed. */
  #write(append: Append, done: number): void {
    const { bytes } = append;
    write(this.#file.fd, bytes, done, bytes.byteLength - done, this.size + done, (error, written) => {
      if (error !== null || written === 0) {
        this.#torn = true;
        this.#cut(() => this.#settle(append, error ?? wroteNothing()));
      } else if (done + written < bytes.byteLength) {
        this.#torn = true;
        this.#write(append, done + written);
      } else {
        this.#written(append);
      }
    });
  }

  /** A chunk that is in a file without a name is not kept. */
  #written(append: Append): void {
    this.size += append.bytes.byteLength;
    const settle = (): void =>
      fstat(this.#file.fd, (error, found) => {
        this.#settle(append, error ?? (found.nlink === 0 ? new FileRemovedError() : null));
      });
    if (this.#torn) this.#cut(settle);
    else settle();
  }

  #cut(then: (error: NodeJS.ErrnoException | null) => void): void {
    ftruncate(this.#file.fd, this.size, (error) => {
      if (error === null) this.#torn = false;
      then(error);
    });
  }

  #settle(append: Append, error: NodeJS.ErrnoException | null): void {
    this.backlog -= append.bytes.byteLength;
    append.settled(error);
    this.#queue.shift();
    this.#next();
  }
}

function wroteNothing(): NodeJS.ErrnoException {
  return Object.assign(new Error('a write call wrote nothing'), { code: 'EIO' });
}
