import { isUnsafe, putSafeText } from './safe-text.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Most bytes that one byte of a name becomes in `putJsonName`: `\\DDD`. */
export const JSON_NAME_GROWTH = 5;
/** Most bytes that one byte of a text becomes in `jsonString`: `\uXXXX`. */
export const JSON_STRING_GROWTH = 6;

/** A JSON string, quotes included; characters that could steer a terminal or a line reader as \uXXXX. */
export function jsonString(text: string): string {
  let safe = '';
  for (const character of JSON.stringify(text)) {
    const code = character.codePointAt(0)!;
    safe += isUnsafe(code) ? `\\u${code.toString(16).padStart(4, '0')}` : character;
  }
  return safe;
}

/** The bytes of a UTF-8 text as a JSON string, quotes included. */
export function jsonBytes(text: Uint8Array): Uint8Array {
  return new TextEncoder().encode(jsonString(new TextDecoder().decode(text)));
}

const scratch = new Uint8Array(256);

/** Writes the bytes `at` to `end` (at most 64) made safe (\DDD) as a JSON string, quotes included. */
export function putJsonName(out: Uint8Array, pos: number, u8: Uint8Array, at: number, end: number): number {
  const length = putSafeText(scratch, 0, u8, at, end);
  let p = pos;
  out[p++] = QUOTE;
  for (let i = 0; i < length; i++) {
    const byte = scratch[i]!;
    if (byte === QUOTE || byte === BACKSLASH) out[p++] = BACKSLASH;
    out[p++] = byte;
  }
  out[p++] = QUOTE;
  return p;
}
