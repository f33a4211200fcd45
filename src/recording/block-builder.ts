import type { FrameView } from '../frames/frame-view.js';
import { BLOCK_BYTES, BLOCK_HEAD_BYTES, FRAME_HEAD_BYTES, padded } from './format.js';

/**
 * Collects frames into one block, head space in front. Payloads keep their 8-byte alignment, so that a reader can look at them in place.
 */
export class BlockBuilder {
  #bytes = new Uint8Array(BLOCK_HEAD_BYTES + BLOCK_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #end = BLOCK_HEAD_BYTES;
  frames = 0;

  /** Whether a frame of this payload length still fits without making the block larger than BLOCK_BYTES. */
  fits(length: number): boolean {
    return this.frames === 0 || this.#end + FRAME_HEAD_BYTES + padded(length) <= this.#bytes.byteLength;
  }

  /** Copies the frame, header and payload, untouched. */
  add(frame: FrameView): void {
    const size = FRAME_HEAD_BYTES + padded(frame.length);
    if (this.#end + size > this.#bytes.byteLength) this.#grow(this.#end + size);
    const { length, start } = frame;
    const end = this.#end;
    this.#view.setUint32(end, length, true);
    this.#view.setUint16(end + 4, frame.kind, true);
    this.#view.setUint16(end + 6, frame.source, true);
    this.#view.setUint32(end + 8, frame.seq, true);
    this.#view.setUint32(end + 12, frame.fresh, true);
    this.#bytes.set(frame.u8.subarray(start, start + length), end + FRAME_HEAD_BYTES);
    this.#end = end + size;
    this.frames++;
  }

  /** The block so far, a copy of its own length, head space in front; the builder is empty afterwards. */
  take(): Uint8Array {
    const block = this.#bytes.slice(0, this.#end);
    this.#bytes.fill(0, BLOCK_HEAD_BYTES, this.#end);
    this.#end = BLOCK_HEAD_BYTES;
    this.frames = 0;
    return block;
  }

  #grow(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
