/**
 * Text that others chose (process and host names), made safe for terminals, logs and line-based formats: what is not UTF-8, control
 * characters (C0, DEL, C1), bidirectional controls, line separators and the backslash itself become \DDD, one decimal number per byte.
 * The result is always valid UTF-8 without control characters, and reversible.
 * @module
 */

const BACKSLASH = 0x5c;
/** Most bytes that one byte of input becomes. */
export const SAFE_TEXT_GROWTH = 4;

/** Whether a code point may steer a terminal or a line reader instead of being shown. */
export function isUnsafe(codePoint: number): boolean {
  if (codePoint < 0xa0) return codePoint < 0x20 || codePoint >= 0x7f;
  if (codePoint === 0x61c) return true; // Arabic letter mark
  if (codePoint < 0x200e || codePoint > 0x2069) return false;
  // LRM and RLM; line and paragraph separator, embeddings and overrides; isolates.
  return codePoint <= 0x200f || (codePoint >= 0x2028 && codePoint <= 0x202e) || codePoint >= 0x2066;
}

/** Bytes of the UTF-8 character at `at`, or 0 when there is none; `end` bounds it. */
function utf8Length(u8: Uint8Array, at: number, end: number): number {
  const first = u8[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return 0;
  for (let i = 1; i < length; i++) if ((u8[at + i]! & 0xc0) !== 0x80) return 0;
  const second = u8[at + 1]!;
  // Overlong forms, surrogates, and what lies above U+10FFFF.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return length;
}

function codePointAt(u8: Uint8Array, at: number, length: number): number {
  if (length === 1) return u8[at]!;
  let value = u8[at]! & (0x7f >> length);
  for (let i = 1; i < length; i++) value = (value << 6) | (u8[at + i]! & 0x3f);
  return value;
}

function putEscape(out: Uint8Array, p: number, byte: number): number {
  out[p] = BACKSLASH;
  out[p + 1] = 0x30 + Math.floor(byte / 100);
  out[p + 2] = 0x30 + (Math.floor(byte / 10) % 10);
  out[p + 3] = 0x30 + (byte % 10);
  return p + 4;
}

/** Writes the bytes `at` to `end` made safe; returns the position behind them. `out` needs SAFE_TEXT_GROWTH times the room. */
export function putSafeText(out: Uint8Array, pos: number, u8: Uint8Array, at: number, end: number): number {
  let p = pos;
  let i = at;
  while (i < end) {
    const length = utf8Length(u8, i, end);
    const keep = length > 0 && u8[i] !== BACKSLASH && !isUnsafe(codePointAt(u8, i, length));
    const next = i + (length || 1);
    for (; i < next; i++) {
      if (keep) out[p++] = u8[i]!;
      else p = putEscape(out, p, u8[i]!);
    }
  }
  return p;
}

/** The bytes made safe, as a string: for host names and anything else that is read once. */
export function safeText(bytes: Uint8Array): string {
  const out = new Uint8Array(bytes.length * SAFE_TEXT_GROWTH);
  return new TextDecoder().decode(out.subarray(0, putSafeText(out, 0, bytes, 0, bytes.length)));
}

/**
 * A line for people: what is unsafe in it as \DDD for each of its bytes, everything else, backslashes too, as it is. It cannot be turned back,
 * and what is safe already stays so.
 */
export function safeLine(text: string): string {
  let safe = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    // Halves of characters become U+FFFD when they are written.
    if (!isUnsafe(code)) safe += character;
    else for (const byte of new TextEncoder().encode(character)) safe += `\\${String(byte).padStart(3, '0')}`;
  }
  return safe;
}
