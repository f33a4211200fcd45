import { MAX_NAME_BYTES } from './limits.js';
import { ENDS_EARLY, LABEL, NAME_LENGTH } from './reject.js';

/** Place behind a name that nobody wants: its pointers are not followed. Below 0 the place in REJECT_REASONS, negated. */
export function skipName(u8: Uint8Array, at: number, end: number): number {
  let p = at;
  for (;;) {
    if (p >= end) return -ENDS_EARLY;
    const first = u8[p]!;
    if (first === 0) return p + 1;
    if (first >= 0xc0) return p + 2 > end ? -ENDS_EARLY : p + 2;
    if (first >= 0x40) return -LABEL;
    p += first + 1;
    if (p - at >= MAX_NAME_BYTES) return -NAME_LENGTH;
  }
}
