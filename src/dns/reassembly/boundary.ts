import { keptOf } from '../head.js';
import { SEGMENT } from '../layout.gen.js';
import { HEADER_BYTES } from '../message/limits.js';
import { PREFIX_BYTES } from './message-buffer.js';

/**
 * Whether messages seem to begin with a piece: of a stream whose beginning was missed nobody can know. So it is when the segment is whole
 * messages, by the lengths before them: as clients and servers write them.
 */
export function beginsMessage(u8: Uint8Array, u32: Uint32Array, start: number): boolean {
  if (u32[(start + SEGMENT.offset) >>> 2] !== 0) return false;
  const wire = u32[(start + SEGMENT.wire_length) >>> 2]!;
  const kept = keptOf(u32, start);
  const at = start + SEGMENT.bytes;
  let p = 0;
  while (p + PREFIX_BYTES <= kept) {
    const length = (u8[at + p]! << 8) | u8[at + p + 1]!;
    if (length < HEADER_BYTES) return false;
    p += PREFIX_BYTES + length;
    if (p >= wire) return p === wire;
  }
  return false;
}
