import { readFileSync, writeSync } from 'node:fs';
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
    const error = writeRest(this.#descriptor, bytes, this);
    // Not from within the pipeline, which this may end.
    if (error !== null) setImmediate(() => done(this.progress, error));
    else done(this.progress, null);
  }
}

/** Writes what is left behind `to.progress`, or as much as goes, and moves that on. Returns why not all of it went. */
function writeRest(descriptor: number, bytes: Uint8Array, to: { progress: number }): NodeJS.ErrnoException | null {
  try {
    while (to.progress < bytes.byteLength) {
      const written = writeSync(descriptor, bytes, to.progress, bytes.byteLength - to.progress);
      // Nothing is no progress, however often it is tried.
      if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
      to.progress += written;
    }
    return null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** A pipe takes a write of at most so many bytes (PIPE_BUF) whole or not at all. */
const ATOMIC_BYTES = 4096;

/** Writes that end at once may follow each other from within so many others; then the stack is left first. */
const MAX_DEPTH = 32;
const O_NONBLOCK = 0o4000;

/**
 * A pipe, a socket or a terminal. What there is room for goes at once, where that cannot block, and the system tells how much it was; then
 * its stream is given a piece that a pipe takes whole or not at all, to learn when there is room again: of a larger write that its reader
 * leaves unfinished nobody could say how much is there.
 */
export class StreamTarget implements ByteTarget {
  readonly #stream: Writable;
  readonly #descriptor: number | null;
  #depth = 0;
  progress = 0;

  /** @param descriptor what the stream writes to; null: by the stream alone */
  constructor(stream: Writable, descriptor: number | null = null) {
    this.#stream = stream;
    this.#descriptor = descriptor !== null && neverBlocks(descriptor) ? descriptor : null;
    // Without a listener an EPIPE would end the process; every write's callback reports it as well.
    stream.on('error', () => {});
  }

  write(bytes: Uint8Array, done: Written): void {
    this.progress = 0;
    this.#depth++;
    this.#rest(bytes, done);
    this.#depth--;
  }

  #rest(bytes: Uint8Array, done: Written): void {
    const error = this.#atOnce(bytes);
    if (error !== null) setImmediate(() => done(this.progress, error));
    else if (this.progress < bytes.byteLength) this.#piece(bytes, done);
    else if (this.#depth < MAX_DEPTH) done(this.progress, null);
    else queueMicrotask(() => done(this.progress, null));
  }

  /** Writes as much as there is room for. */
  #atOnce(bytes: Uint8Array): NodeJS.ErrnoException | null {
    if (this.#descriptor === null) return null;
    const error = writeRest(this.#descriptor, bytes, this);
    return error?.code === 'EAGAIN' ? null : error;
  }

  #piece(bytes: Uint8Array, done: Written): void {
    const at = this.progress;
    const piece = bytes.subarray(at, at + ATOMIC_BYTES);
    this.#stream.write(piece, (error) => {
      if (error == null) this.progress = at + piece.byteLength;
      if (error != null || this.progress >= bytes.byteLength) done(this.progress, error ?? null);
      else this.#rest(bytes, done);
    });
  }
}

/** Whether a write to it returns at once, whatever its reader does: libuv makes pipes and sockets so, but opens terminals anew. */
function neverBlocks(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
  } catch {
    return false;
  }
}
