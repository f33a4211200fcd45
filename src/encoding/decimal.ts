/**
 * Whole numbers as decimal digits in a buffer, without strings.
 * @module
 */

import { nearestLong } from './varint.js';

/** "00" to "99" as two bytes each, the first digit in the low byte. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, n) => (0x30 + Math.floor(n / 10)) | ((0x30 + (n % 10)) << 8));

/** Most digits of one signed 64-bit number, with its sign. */
export const MAX_DECIMAL_BYTES = 20;

/** Number of decimal digits of an unsigned 32-bit number. */
function digitsOf(n: number): number {
  if (n < 100) return n < 10 ? 1 : 2;
  if (n < 10_000) return n < 1000 ? 3 : 4;
  if (n < 1_000_000) return n < 100_000 ? 5 : 6;
  if (n < 100_000_000) return n < 10_000_000 ? 7 : 8;
  return n < 1_000_000_000 ? 9 : 10;
}

/** Writes exactly `width` digits of an unsigned 32-bit number, zeros in front. */
export function putPadded(out: Uint8Array, pos: number, n: number, width: number): number {
  let p = pos + width;
  // `>>> 0` says that everything stays an integer: divisions by a constant become multiplications.
  let rest = n >>> 0;
  for (; p - 2 >= pos; p -= 2) {
    const next = (rest / 100) >>> 0;
    const pair = PAIRS[rest - next * 100]!;
    out[p - 2] = pair & 0xff;
    out[p - 1] = pair >>> 8;
    rest = next;
  }
  if (p > pos) out[pos] = 0x30 + (rest % 10);
  return pos + width;
}

/** Writes an unsigned 32-bit number; returns the position behind it. */
export function putDecimal(out: Uint8Array, pos: number, n: number): number {
  if (n < 10) {
    out[pos] = 0x30 + n;
    return pos + 1;
  }
  return putPadded(out, pos, n, digitsOf(n));
}

/** Writes an integer, exactly; one beyond a signed 64-bit number as the nearest of those, as `putNumber` does. */
export function putDecimalNumber(out: Uint8Array, pos: number, value: number): number {
  let p = pos;
  let n = value;
  if (n < 0) {
    out[p++] = 0x2d;
    n = -n;
  }
  if (n < 0x1_0000_0000) return putDecimal(out, p, n);
  if (n > Number.MAX_SAFE_INTEGER) return putDecimalHuge(out, pos, value);
  const high = Math.floor(n / 1e9);
  p = putDecimal(out, p, high);
  return putPadded(out, p, n - high * 1e9, 9);
}

/** For doubles that no longer hold every integer: no sound count is as large. */
function putDecimalHuge(out: Uint8Array, pos: number, value: number): number {
  const [lo, hi] = nearestLong(value);
  return putDecimalLong(out, pos, lo, hi);
}

/** Writes the signed 64-bit number of two words, exactly. */
export function putDecimalLong(out: Uint8Array, pos: number, lo: number, hi: number): number {
  let p = pos;
  let high = hi >>> 0;
  let low = lo >>> 0;
  if (high >= 0x8000_0000) {
    out[p++] = 0x2d;
    low = -lo >>> 0;
    high = (~hi + (low === 0 ? 1 : 0)) >>> 0;
  }
  if (high < 0x20_0000) return putDecimalNumber(out, p, high * 0x1_0000_0000 + low);
  // Division by 10^9 in two steps: every intermediate stays below 2^53.
  const upper = Math.floor(high / 1e9);
  const middle = (high - upper * 1e9) * 0x10000 + (low >>> 16);
  const q1 = Math.floor(middle / 1e9);
  const bottom = (middle - q1 * 1e9) * 0x10000 + (low & 0xffff);
  const q0 = Math.floor(bottom / 1e9);
  const quotient = upper * 0x1_0000_0000 + q1 * 0x10000 + q0;
  p = putDecimalNumber(out, p, quotient);
  return putPadded(out, p, bottom - q0 * 1e9, 9);
}
