/**
 * Names as people write them (RFC 1035 §5.1), in ASCII without control characters, whatever bytes they hold (reliability.md SR-13): a dot
 * within a label is `\.`, a backslash `\\`, and what is not a printable ASCII character, the space included, \DDD.
 * @module
 */
import { BACKSLASH, putEscaped } from './escape.js';

const DOT = 0x2e;

/** Whether a byte of a label stands for itself. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x20 && byte < 0x7f && byte !== DOT && byte !== BACKSLASH ? 1 : 0,
);

/** Writes a byte of a label; returns the position behind it. */
export function putLabelByte(out: Uint8Array, pos: number, byte: number): number {
  if (PLAIN[byte] === 1) {
    out[pos] = byte;
    return pos + 1;
  }
  return putEscaped(out, pos, byte, byte === DOT || byte === BACKSLASH);
}

/**
 * Writes the name whose wire form, without pointers, begins at `at`: labels with dots between, the root a dot. Up to MAX_NAME_TEXT bytes.
 * @returns the position behind it
 */
export function putNameText(out: Uint8Array, pos: number, wire: Uint8Array, at: number): number {
  let i = at;
  let p = pos;
  let length = wire[i++]!;
  if (length === 0) {
    out[p] = DOT;
    return p + 1;
  }
  for (;;) {
    for (const stop = i + length; i < stop; i++) {
      const byte = wire[i]!;
      if (PLAIN[byte] === 1) out[p++] = byte;
      else p = putLabelByte(out, p, byte);
    }
    length = wire[i++]!;
    if (length === 0) return p;
    out[p++] = DOT;
  }
}

/** The ASCII bytes as a string. */
export function asciiText(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  for (let i = at; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
