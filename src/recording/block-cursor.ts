import type { FrameView } from '../frames/frame-view.js';
import { FRAME } from '../frames/layout.gen.js';
import { padded } from './format.js';
import type { RecordedBlock } from './recording-reader.js';

/** Walks the frames of one block after another, with one reused view. */
export class BlockCursor {
  /** The current frame; valid until the next call, and no longer than the block. */
  readonly frame: FrameView = {
    kind: 0,
    source: 0,
    seq: 0,
    fresh: 0,
    u8: new Uint8Array(0),
    u32: new Uint32Array(0),
    start: 0,
    length: 0,
  };
  #data: DataView = new DataView(new ArrayBuffer(0));
  #next = 0;
  #left = 0;

  /** Starts at the first frame of a block. */
  open({ payload, frames }: RecordedBlock): void {
    this.frame.u8 = payload;
    this.frame.u32 = new Uint32Array(payload.buffer, payload.byteOffset, payload.byteLength >>> 2);
    this.#data = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#next = 0;
    this.#left = frames;
  }

  /** Moves to the next frame; false at the end of the block, or where it stops making sense. */
  next(): boolean {
    const at = this.#next;
    if (this.#left === 0 || at + FRAME.size > this.#data.byteLength) return false;
    const length = this.#data.getUint32(at + FRAME.length, true);
    const end = at + FRAME.size + padded(length);
    if (length > this.#data.byteLength || end > this.#data.byteLength) return false;
    const { frame } = this;
    frame.length = length;
    frame.kind = this.#data.getUint16(at + FRAME.kind, true);
    frame.source = this.#data.getUint16(at + FRAME.source, true);
    frame.seq = this.#data.getUint32(at + FRAME.seq, true);
    frame.fresh = this.#data.getUint32(at + FRAME.fresh, true);
    frame.start = at + FRAME.size;
    this.#next = end;
    this.#left--;
    return true;
  }

  /** After the last frame: whether the frames filled the block exactly, as the writer makes it. */
  get exact(): boolean {
    return this.#left === 0 && this.#next === this.#data.byteLength;
  }
}
