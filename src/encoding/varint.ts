/**
 * Avro's long: zigzag, then seven bits a byte, least significant first. The generated encoders write the common sizes inline and
 * call these for the rest.
 * @module
 */

/** Most bytes of one long. */
export const MAX_LONG_BYTES = 10;

/** Writes the signed 64-bit number of two words; returns the position behind it. */
export function putLong(out: Uint8Array, pos: number, lo: number, hi: number): number {
  const sign = hi >> 31;
  let high = ((hi << 1) | (lo >>> 31)) ^ sign;
  let low = (lo << 1) ^ sign;
  let p = pos;
  while (high !== 0) {
    out[p++] = (low & 0x7f) | 0x80;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  low >>>= 0;
  while (low > 0x7f) {
    out[p++] = (low & 0x7f) | 0x80;
    low >>>= 7;
  }
  out[p++] = low;
  return p;
}

/** Both words of the signed 64-bit number nearest to an integer. */
export function nearestLong(value: number): [lo: number, hi: number] {
  if (value >= 2 ** 63) return [-1, 0x7fff_ffff];
  if (value < -(2 ** 63)) return [0, -0x8000_0000];
  const hi = Math.floor(value / 0x1_0000_0000);
  return [(value - hi * 0x1_0000_0000) | 0, hi];
}

/**
 * Writes an integer, exactly; one beyond what a long holds as the nearest that it does, never as one of the other sign. Returns the
 * position behind it.
 */
export function putNumber(out: Uint8Array, pos: number, value: number): number {
  const hi = Math.floor(value / 0x1_0000_0000);
  if (hi > 0x7fff_ffff || hi < -0x8000_0000) return putLong(out, pos, ...nearestLong(value));
  return putLong(out, pos, (value - hi * 0x1_0000_0000) | 0, hi | 0);
}
