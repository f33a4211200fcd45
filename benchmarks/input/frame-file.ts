import { closeSync, openSync, writeSync } from 'node:fs';
import { FRAME } from '../../src/frames/layout.gen.js';

const CHUNK = 1 << 20;
const HIGH = 4294967296;

/** A file of frames as they stand in a ring: header, payload, padding to 8; nothing else. */
export class FrameFile {
  readonly #fd: number;
  readonly #bytes = new Uint8Array(CHUNK);
  readonly #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #seq = 0;
  frames = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  /** @param bootNs when a reader would have written it */
  write(kind: number, payload: Uint8Array, fresh: number, bootNs: number): void {
    const size = FRAME.size + ((payload.length + 7) & ~7);
    if (this.#used + size > CHUNK) this.#flush();
    const at = this.#used;
    this.#view.setUint32(at + FRAME.length, payload.length, true);
    this.#view.setUint16(at + FRAME.kind, kind, true);
    this.#view.setUint16(at + FRAME.source, 0, true);
    this.#view.setUint32(at + FRAME.seq, this.#seq++, true);
    this.#view.setUint32(at + FRAME.fresh, fresh, true);
    this.#view.setUint32(at + FRAME.boot_ns, bootNs % HIGH, true);
    this.#view.setUint32(at + FRAME.boot_ns + 4, Math.floor(bootNs / HIGH), true);
    this.#bytes.set(payload, at + FRAME.size);
    this.#used += size;
    this.frames++;
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    for (let done = 0; done < this.#used; ) done += writeSync(this.#fd, this.#bytes, done, this.#used - done);
    this.#used = 0;
  }
}
