/**
 * Strings into a buffer, for records off the hot path.
 * @module
 */
import { jsonString } from './json-text.js';
import { putNumber } from './varint.js';

const encoder = new TextEncoder();

/** Writes the characters, all ASCII; returns the position behind them. */
export function putAscii(out: Uint8Array, pos: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[pos + i] = text.charCodeAt(i);
  return pos + text.length;
}

/** Writes an Avro string. */
export function putAvroString(out: Uint8Array, pos: number, text: string): number {
  const bytes = encoder.encode(text);
  const p = putNumber(out, pos, bytes.length);
  out.set(bytes, p);
  return p + bytes.length;
}

/** Writes a JSON string, quotes included. */
export function putJsonString(out: Uint8Array, pos: number, text: string): number {
  const bytes = encoder.encode(jsonString(text));
  out.set(bytes, pos);
  return pos + bytes.length;
}
