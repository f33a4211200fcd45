import { MAX_LONG_BYTES } from './varint.js';

/** A long at `at`: its value and the position behind it; null when the bytes end first. A value beyond 2^53 comes out inexact. */
export function readLong(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_LONG_BYTES && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return { value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, end: at + i + 1 };
  }
  if (bytes.length - at >= MAX_LONG_BYTES) return { value: Number.NaN, end: at };
  return null;
}
