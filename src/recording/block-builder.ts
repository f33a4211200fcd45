import type { FrameView } from '../frames/frame-view.js';
import { FRAME } from '../frames/layout.gen.js';
import { BLOCK_BYTES, BLOCK_HEAD_BYTES, padded } from './format.js';

/** `boot_ns`, the last of a frame's head. */
const FRAME_TIME_BYTES = FRAME.size - FRAME.boot_ns;

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
    return this.frames === 0 || this.#end + FRAME.size + padded(length) <= this.#bytes.byteLength;
  }

  /** Copies the frame, header and payload, untouched. */
  add(frame: FrameView): void {
    const size = FRAME.size + padded(frame.length);
    if (this.#end + size > this.#bytes.byteLength) this.#grow(this.#end + size);
    const { length, start } = frame;
    const end = this.#end;
    this.#view.setUint32(end + FRAME.length, length, true);
    this.#view.setUint16(end + FRAME.kind, frame.kind, true);
    this.#view.setUint16(end + FRAME.source, frame.source, true);
    this.#view.setUint32(end + FRAME.seq, frame.seq, true);
    this.#view.setUint32(end + FRAME.fresh, frame.fresh, true);
    // With the time that lies in front of the payload.
    this.#bytes.set(frame.u8.subarray(start - FRAME_TIME_BYTES, start + length), end + FRAME.boot_ns);
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
