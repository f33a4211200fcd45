import type { FrameView } from '../pipeline/frame-view.js';
import { FRAME_HEAD_BYTES, padded } from './format.js';
import type { RecordedBlock } from './recording-reader.js';

/**
 * Calls `visit` for each frame of a block, in order, with one reused view. Returns false when the frames do not fill the block exactly:
 * a writer's fault, as the checksum held.
 */
export function eachFrame(block: RecordedBlock, view: FrameView, visit: (frame: FrameView) => void): boolean {
  const { payload } = block;
  const data = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  view.u8 = payload;
  view.u32 = new Uint32Array(payload.buffer, payload.byteOffset, payload.byteLength >>> 2);
  let at = 0;
  let frames = 0;
  while (at + FRAME_HEAD_BYTES <= payload.byteLength) {
    const length = data.getUint32(at, true);
    const next = at + FRAME_HEAD_BYTES + padded(length);
    if (length > payload.byteLength || next > payload.byteLength) return false;
    view.length = length;
    view.kind = data.getUint16(at + 4, true);
    view.source = data.getUint16(at + 6, true);
    view.seq = data.getUint32(at + 8, true);
    view.fresh = data.getUint32(at + 12, true);
    view.start = at + FRAME_HEAD_BYTES;
    visit(view);
    frames++;
    at = next;
  }
  return at === payload.byteLength && frames === block.frames;
}
