/**
 * What the generated encoders write that has no size of its own: strings, bytes and lists, each held to the bound its schema gives it, so
 * that the most bytes of a record are known when it is generated.
 * @module
 */
import { ConntrailError } from '../errors.js';
import type { Slice } from './fragments.js';
import { jsonString } from './json-text.js';
import { putLong, putNumber } from './varint.js';

const encoder = new TextEncoder();
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** @throws ConntrailError CONNTRAIL_RECORD when there are more than `most` */
export function within(count: number, most: number): number {
  if (!(count <= most)) throw beyond(`${count} elements where at most ${most} may be`);
  return count;
}

/** The index of a symbol of an enum. @throws ConntrailError CONNTRAIL_RECORD when it has no such symbol */
export function symbolOf(symbols: readonly string[], value: string): number {
  const index = symbols.indexOf(value);
  if (index < 0) throw beyond(`${JSON.stringify(value)} where one of ${symbols.join(', ')} may be`);
  return index;
}

/** Writes an Avro string of at most `most` bytes. @throws ConntrailError CONNTRAIL_RECORD when it is longer */
export function putText(out: Uint8Array, pos: number, text: string, most: number): number {
  const bytes = utf8(text, most);
  const p = putNumber(out, pos, bytes.length);
  out.set(bytes, p);
  return p + bytes.length;
}

/** Writes a JSON string, quotes included, of a text of at most `most` bytes. @throws ConntrailError CONNTRAIL_RECORD when it is longer */
export function putTextJson(out: Uint8Array, pos: number, text: string, most: number): number {
  utf8(text, most);
  const bytes = encoder.encode(jsonString(text));
  out.set(bytes, pos);
  return pos + bytes.length;
}

/** Writes `length` bytes at `at` as Avro bytes. @throws ConntrailError CONNTRAIL_RECORD when they are more than `most` */
export function putBytes(
  out: Uint8Array,
  pos: number,
  u8: Uint8Array,
  at: number,
  length: number,
  most: number,
): number {
  let p = putLong(out, pos, within(length, most), 0);
  for (let i = at; i < at + length; i++) out[p++] = u8[i]!;
  return p;
}

/** Writes `length` bytes at `at` as a JSON string of hexadecimal digits. @throws ConntrailError CONNTRAIL_RECORD when they are more than `most` */
export function putHex(out: Uint8Array, pos: number, u8: Uint8Array, at: number, length: number, most: number): number {
  within(length, most);
  let p = pos;
  out[p++] = QUOTE;
  for (let i = at; i < at + length; i++) {
    out[p++] = HEX[u8[i]! >>> 4]!;
    out[p++] = HEX[u8[i]! & 15]!;
  }
  out[p++] = QUOTE;
  return p;
}

/**
 * Writes `length` bytes of printable ASCII at `at` as a JSON string, quotes included.
 * @throws ConntrailError CONNTRAIL_RECORD when they are more than `most`
 */
export function putPrintableJson(
  out: Uint8Array,
  pos: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  most: number,
): number {
  within(length, most);
  let p = pos;
  out[p++] = QUOTE;
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE || byte === BACKSLASH) out[p++] = BACKSLASH;
    out[p++] = byte;
  }
  out[p++] = QUOTE;
  return p;
}

/** Writes what is encoded already. @throws ConntrailError CONNTRAIL_RECORD when it is more than `most` bytes */
export function putSlice(out: Uint8Array, pos: number, { bytes, start, end }: Slice, most: number): number {
  within(end - start, most);
  let p = pos;
  for (let i = start; i < end; i++) out[p++] = bytes[i]!;
  return p;
}

function utf8(text: string, most: number): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length > most) throw beyond(`a string of ${bytes.length} bytes where at most ${most} may be`);
  return bytes;
}

function beyond(what: string): ConntrailError {
  return new ConntrailError('CONNTRAIL_RECORD', `A record cannot be encoded: it has ${what}; report this.`);
}
