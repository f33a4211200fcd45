/**
 * A view of one frame: where its payload lies, no copy. One object per source of frames, overwritten for each frame, so that a
 * subscriber may look at it only during the emission.
 */
export interface FrameView {
  /** CORE_KIND, or KIND of a feature's layout. */
  kind: number;
  /** Index of the reader that wrote it; PUMP for frames the pump wrote. */
  source: number;
  /** Per source; a gap is a dropped frame. */
  seq: number;
  /** Units of the kind's feature that no earlier frame of this source held. */
  fresh: number;
  /** Two views of the memory the payload lies in. */
  u8: Uint8Array;
  u32: Uint32Array;
  /** Byte offset of the payload in `u8`; a multiple of 8. In front of it lies the frame's boot_ns, as in `struct ct_frame`. */
  start: number;
  /** Payload bytes. */
  length: number;
}

/** `source` of frames that the pump writes into the stream (flush, self-test). */
export { PUMP } from './layout.gen.js';
