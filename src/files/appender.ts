import { ftruncate, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Told once per append: what went wrong, or null when every byte is in the file. */
export type Settled = (error: NodeJS.ErrnoException | null) => void;

interface Append {
  bytes: Uint8Array;
  settled: Settled;
}

/**
 * Appends whole chunks to one file, in order, off the calling thread, each by a single write call. A chunk is in the file whole or not at
 * all: what a failed or short write left behind is cut off again, so that a full disk never leaves a torn chunk in the middle.
 *
 * Unbounded by itself: the owner looks at `backlog` before it appends and decides what its policy is.
 */
export class Appender {
  readonly #file: FileHandle;
  readonly #queue: Append[] = [];
  #active = false;
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
   * syncing throws, which may be about any byte of the file; it is closed all the same.
   */
  async finish(): Promise<void> {
    await this.idle();
    try {
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
    if (this.#torn) this.#truncate(() => this.#write(head, 0));
    else this.#write(head, 0);
  }

  /** pwrite at an explicit position: whatever a torn chunk left is overwritten even if truncating it failed. */
  #write(append: Append, done: number): void {
    const { bytes } = append;
    write(this.#file.fd, bytes, done, bytes.byteLength - done, this.size + done, (error, written) => {
      if (error !== null) {
        this.#torn = true;
        this.#truncate(() => this.#settle(append, error));
      } else if (done + written < bytes.byteLength) {
        this.#torn = true;
        this.#write(append, done + written);
      } else {
        this.#torn = false;
        this.size += bytes.byteLength;
        this.#settle(append, null);
      }
    });
  }

  #truncate(then: () => void): void {
    ftruncate(this.#file.fd, this.size, (error) => {
      if (error === null) this.#torn = false;
      then();
    });
  }

  #settle(append: Append, error: NodeJS.ErrnoException | null): void {
    this.backlog -= append.bytes.byteLength;
    append.settled(error);
    this.#queue.shift();
    this.#next();
  }
}
