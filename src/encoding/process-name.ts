import { putSafeText } from './safe-text.js';

const scratch = new Uint8Array(256);

/** End of a NUL-terminated name of at most `max` bytes. */
export function nameEnd(u8: Uint8Array, at: number, max: number): number {
  let end = at;
  while (end < at + max && u8[end] !== 0) end++;
  return end;
}

/** Writes a NUL-terminated name of at most `max` (≤ 64) bytes, made safe, as an Avro string. */
export function putAvroName(out: Uint8Array, pos: number, u8: Uint8Array, at: number, max: number): number {
  const length = putSafeText(scratch, 0, u8, at, nameEnd(u8, at, max));
  let p = pos;
  if (length < 64) out[p++] = length << 1;
  else {
    out[p++] = ((length << 1) & 0x7f) | 0x80;
    out[p++] = length >>> 6;
  }
  for (let i = 0; i < length; i++) out[p++] = scratch[i]!;
  return p;
}
