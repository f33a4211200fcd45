import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** What became of a write: how many of its bytes are there, and why not all of them. */
export type Written = (written: number, error: NodeJS.ErrnoException | null) => void;

/** Where bytes go, in order, one write at a time. */
export interface ByteTarget {
  /** Writes all bytes, or as many as it can. */
  write(bytes: Uint8Array, done: Written): void;
  /** Bytes of the write under way that are known to be there. */
  readonly progress: number;
}

/**
 * A file or a device by its descriptor, at its present position. It is waited for, so that a burst waits in the kernel and not in memory
 * that ends. A disk that fills up in the middle of a write takes part of it without an error, which process.stdout does not look at: the
 * rest is tried again here, and tells why.
 */
export class FileTarget implements ByteTarget {
  readonly #descriptor: number;
  progress = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array, done: Written): void {
    this.progress = 0;
    try {
      while (this.progress < bytes.byteLength) {
        const written = writeSync(this.#descriptor, bytes, this.progress, bytes.byteLength - this.progress);
        // Nothing is no progress, however often it is tried.
        if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
        this.progress += written;
      }
    } catch (error) {
      // Not from within the pipeline, which this may end.
      setImmediate(() => done(this.progress, error as NodeJS.ErrnoException));
      return;
    }
    done(this.progress, null);
  }
}

/** A pipe takes a write of at most so many bytes (PIPE_BUF) whole or not at all. */
const ATOMIC_BYTES = 4096;

/**
 * A pipe, a socket or a terminal, through its stream. It is given pieces that a pipe takes whole or not at all, one at a time: of a
 * larger write that its reader leaves unfinished nobody could say how much is there.
 */
export class StreamTarget implements ByteTarget {
  readonly #stream: Writable;
  progress = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Without a listener an EPIPE would end the process; every write's callback reports it as well.
    stream.on('error', () => {});
  }

  write(bytes: Uint8Array, done: Written): void {
    this.progress = 0;
    this.#rest(bytes, done);
  }

  #rest(bytes: Uint8Array, done: Written): void {
    const at = this.progress;
    const piece = bytes.subarray(at, at + ATOMIC_BYTES);
    this.#stream.write(piece, (error) => {
      if (error == null) this.progress = at + piece.byteLength;
      if (error != null || this.progress >= bytes.byteLength) done(this.progress, error ?? null);
      else this.#rest(bytes, done);
    });
  }
}
