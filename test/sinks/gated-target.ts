import type { ByteTarget, Written } from '../../src/sinks/byte-target.js';

/** A target whose writes end when the test says so. */
export class GatedTarget implements ByteTarget {
  progress = 0;
  /** What is there. */
  readonly chunks: Uint8Array[] = [];
  #waiting: { bytes: Uint8Array; done: Written } | null = null;

  write(bytes: Uint8Array, done: Written): void {
    this.progress = 0;
    this.#waiting = { bytes, done };
  }

  get busy(): boolean {
    return this.#waiting !== null;
  }

  /** Lets the write under way end, at `written` bytes when it fails. */
  pass(code?: string, written = 0): void {
    const { bytes, done } = this.#waiting!;
    this.#waiting = null;
    const length = code === undefined ? bytes.byteLength : written;
    this.chunks.push(bytes.slice(0, length));
    done(length, code === undefined ? null : Object.assign(new Error(code), { code }));
  }

  passAll(): void {
    while (this.busy) this.pass();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
