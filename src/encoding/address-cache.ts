import { MAX_ADDRESS_BYTES, putIpv6 } from './address-text.js';

/** Bytes of one slot, a line of the cache: the address, its text, and the text's length in the last byte. */
const SLOT_BYTES = 64;
const TEXT_AT = 16;
/** glibc's malloc begins large blocks 16 bytes behind a page; from here on each slot fills one line. */
const ALIGN = 48;

/** Doubles of one text; see wide-text.ts why text may travel in doubles. */
export const ADDRESS_DOUBLES = Math.ceil(MAX_ADDRESS_BYTES / 8);

/**
 * IPv6 addresses as text ready to be stored, by their 16 bytes: making the text costs as much as a quarter of the rest of a record, and a
 * host meets the same addresses again and again. Direct-mapped, of fixed size; an address that is not there replaces the one in its slot.
 */
export class AddressCache {
  /** Each slot's text: ADDRESS_DOUBLES of 8 doubles, from the third on. */
  readonly text: Float64Array;
  /** Bytes of each slot's text: the last one of 64. */
  readonly length: Uint8Array;
  /** Each slot's address: the first four words of 16. */
  readonly #keys: Uint32Array;
  readonly #shift: number;

  /** @param bits log2 of the number of slots, each of 64 bytes */
  constructor(bits: number) {
    const bytes = SLOT_BYTES << bits;
    const memory = new ArrayBuffer(ALIGN + bytes);
    this.text = new Float64Array(memory, ALIGN, bytes / 8);
    this.length = new Uint8Array(memory, ALIGN, bytes);
    this.#keys = new Uint32Array(memory, ALIGN, bytes / 4);
    this.#shift = 32 - bits;
    // The slot of "::" seems to hold it already: all its words are 0.
    this.#fill(0, 0, 0, 0, 0);
  }

  /** The slot that holds the address of the four words at `at`, filled when it did not. */
  slot(u32: Uint32Array, at: number): number {
    const a = u32[at]!;
    const b = u32[at + 1]!;
    const c = u32[at + 2]!;
    const d = u32[at + 3]!;
    const mixed = Math.imul(a ^ (b << 5), 0x2c1b3c6d) ^ Math.imul(c, 0x297a2d39) ^ d;
    const slot = Math.imul(mixed ^ (mixed >>> 15), 0x9e3779b1 | 0) >>> this.#shift;
    const key = slot * (SLOT_BYTES / 4);
    const keys = this.#keys;
    if (keys[key] !== a || keys[key + 1] !== b || keys[key + 2] !== c || keys[key + 3] !== d) {
      this.#fill(slot, a, b, c, d);
    }
    return slot;
  }

  #fill(slot: number, a: number, b: number, c: number, d: number): void {
    const key = slot * (SLOT_BYTES / 4);
    this.#keys[key] = a;
    this.#keys[key + 1] = b;
    this.#keys[key + 2] = c;
    this.#keys[key + 3] = d;
    const at = slot * SLOT_BYTES;
    const text = at + TEXT_AT;
    this.length[at + SLOT_BYTES - 1] = putIpv6(this.length, text, this.length, at) - text;
  }
}
