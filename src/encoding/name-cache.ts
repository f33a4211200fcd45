/**
 * Process names as text ready to be stored, by their 16 bytes: a host has few different names and the same ones come again and again.
 * Direct-mapped, of fixed size; a name that is not there replaces the one in its slot.
 * @module
 */
import { nameEnd } from './process-name.js';
import { putSafeText, SAFE_TEXT_GROWTH } from './safe-text.js';

const SLOT_BITS = 10;
const SLOTS = 1 << SLOT_BITS;
const NAME_BYTES = 16;

/** Each slot's name as the kernel has it, four words. */
const KEYS = new Uint32Array(SLOTS * 4);
/** Each slot's text, four words, when it is no longer than they are. */
export const NAME_TEXT = new Uint32Array(SLOTS * 4);
/** Bytes of the text; LONG_NAME when it does not fit its slot. */
export const NAME_LENGTH = new Uint8Array(SLOTS);
export const LONG_NAME = 255;

const bytes = new Uint8Array(NAME_BYTES);
const words = new Uint32Array(bytes.buffer);
const text = new Uint8Array(NAME_BYTES * SAFE_TEXT_GROWTH);
const textWords = new Uint32Array(text.buffer, 0, 4);

function fillSlot(slot: number): void {
  text.fill(0);
  const length = putSafeText(text, 0, bytes, 0, nameEnd(bytes, 0, NAME_BYTES));
  KEYS.set(words, slot * 4);
  NAME_LENGTH[slot] = length <= NAME_BYTES ? length : LONG_NAME;
  NAME_TEXT.set(textWords, slot * 4);
}

/** The slot that holds the name of the four words at `at`, filled when it did not. */
export function nameSlot(u32: Uint32Array, at: number): number {
  const a = u32[at]!;
  const b = u32[at + 1]!;
  const c = u32[at + 2]!;
  const d = u32[at + 3]!;
  const slot = Math.imul(a ^ Math.imul(b, 0x2c1b3c6d) ^ (c << 7) ^ d, 0x9e3779b1 | 0) >>> (32 - SLOT_BITS);
  const key = slot * 4;
  if (KEYS[key] !== a || KEYS[key + 1] !== b || KEYS[key + 2] !== c || KEYS[key + 3] !== d) {
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    fillSlot(slot);
  }
  return slot;
}
