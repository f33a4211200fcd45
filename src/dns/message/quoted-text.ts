import { BACKSLASH, putEscaped } from './escape.js';

const QUOTE = 0x22;
const SPACE = 0x20;

/** Most bytes that one byte becomes. */
export const TEXT_GROWTH = 4;

/** Writes a byte of a text that stands in quotes (RFC 1035 §5.1): printable ASCII as it is, anything else, and `mark`, as \DDD. */
export function putTextByte(out: Uint8Array, pos: number, byte: number, mark = -1): number {
  if (byte >= SPACE && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH && byte !== mark) {
    out[pos] = byte;
    return pos + 1;
  }
  return putEscaped(out, pos, byte, byte === QUOTE || byte === BACKSLASH);
}

/** Writes the bytes from `at` to `end` in quotes, as far as `stop`; returns the position behind. */
export function putQuoted(out: Uint8Array, pos: number, u8: Uint8Array, at: number, end: number, stop: number): number {
  let p = pos;
  if (p < stop) out[p++] = QUOTE;
  for (let i = at; i < end && p + TEXT_GROWTH <= stop; i++) p = putTextByte(out, p, u8[i]!);
  if (p < stop) out[p++] = QUOTE;
  return p;
}

/** Writes texts that each stand behind their length, in quotes, spaces between, as far as `stop`; returns the position behind. */
export function putTexts(out: Uint8Array, pos: number, u8: Uint8Array, at: number, end: number, stop: number): number {
  let p = pos;
  for (let i = at; i < end && p < stop; i += 1 + u8[i]!) {
    if (i > at) out[p++] = SPACE;
    p = putQuoted(out, p, u8, i + 1, i + 1 + u8[i]!, stop);
  }
  return p;
}

/** Writes an ASCII text, as far as `stop`; returns the position behind. */
export function putWord(out: Uint8Array, pos: number, word: string, stop: number): number {
  let p = pos;
  for (let i = 0; i < word.length && p < stop; i++) out[p++] = word.charCodeAt(i);
  return p;
}
