import type { Writable } from 'node:stream';
import { ConntrailError } from '../errors.js';
import type { ByteSink } from './byte-sink.js';

/**
 * Bytes that may wait for a reader that is slower than we are, or has stopped. Beyond it whole chunks are dropped, the newest first, and
 * counted; the backlog closes the pipeline's credit gate long before.
 */
export const STREAM_BACKLOG_BYTES = 16 << 20;

/**
 * Standard output, or any stream. A reader that goes away (EPIPE: `conntrail observe | head`) is no failure: what follows is discarded
 * and `closed` is called, once, so that the command can end.
 */
export class StreamSink implements ByteSink {
  readonly #stream: Writable;
  readonly #closed: () => void;
  #gone = false;
  #pending = 0;
  #idle: (() => void)[] = [];
  backlog = 0;
  written = 0;
  dropped = 0;
  error: ConntrailError | null = null;

  constructor(stream: Writable, closed: () => void = () => {}) {
    this.#stream = stream;
    this.#closed = closed;
    // Without a listener an EPIPE would end the process; every write's callback reports it as well.
    stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error));
  }

  write(chunk: Uint8Array, connections: number): void {
    if (this.#gone) return;
    if (this.backlog > STREAM_BACKLOG_BYTES) {
      this.dropped += connections;
      return;
    }
    this.backlog += chunk.byteLength;
    this.#pending++;
    this.#stream.write(chunk, (error) => {
      this.backlog -= chunk.byteLength;
      this.#pending--;
      if (error == null) this.written += connections;
      else if (!this.#fail(error)) this.dropped += connections;
      if (this.#pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  async idle(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** The stream stays open: it is not ours. */
  finish(): Promise<void> {
    return this.idle();
  }

  /** Returns whether the error only says that nobody reads any more. */
  #fail(cause: NodeJS.ErrnoException): boolean {
    const silent = cause.code === 'EPIPE' || cause.code === 'ERR_STREAM_DESTROYED';
    if (!silent) {
      const message = `writing to standard output failed (${cause.code ?? cause.message}); free space or send it elsewhere`;
      this.error ??= new ConntrailError('CONNTRAIL_IO', message, { cause });
    }
    if (!this.#gone) {
      this.#gone = true;
      this.#closed();
    }
    return silent && this.error === null;
  }
}
