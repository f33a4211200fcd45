import { MAX_ADDRESS_BYTES, putIpv6 } from './address-text.js';

/** Doubles of one text; see wide-text.ts why text may travel in doubles. */
export const ADDRESS_DOUBLES = Math.ceil(MAX_ADDRESS_BYTES / 8);

/**
 * IPv6 addresses as text ready to be stored, by their 16 bytes: making the text costs as much as all the rest of a record, and a host
 * meets the same addresses again and again. Direct-mapped, of fixed size; an address that is not there replaces the one in its slot.
 */
export class AddressCache {
  /** ADDRESS_DOUBLES per slot. */
  readonly text: Float64Array;
  /** Bytes of each slot's text. */
  readonly length: Uint8Array;
  /** Each slot's address, four words. */
  readonly #keys: Uint32Array;
  readonly #keyBytes: Uint8Array;
  readonly #textBytes: Uint8Array;
  readonly #shift: number;

  /** @param bits log2 of the number of slots, each of 65 bytes */
  constructor(bits: number) {
    const slots = 1 << bits;
    this.text = new Float64Array(slots * ADDRESS_DOUBLES);
    this.length = new Uint8Array(slots);
    this.#keys = new Uint32Array(slots * 4);
    this.#keyBytes = new Uint8Array(this.#keys.buffer);
    this.#textBytes = new Uint8Array(this.text.buffer);
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
    const key = slot * 4;
    const keys = this.#keys;
    if (keys[key] !== a || keys[key + 1] !== b || keys[key + 2] !== c || keys[key + 3] !== d) {
      this.#fill(slot, a, b, c, d);
    }
    return slot;
  }

  #fill(slot: number, a: number, b: number, c: number, d: number): void {
    const key = slot * 4;
    this.#keys[key] = a;
    this.#keys[key + 1] = b;
    this.#keys[key + 2] = c;
    this.#keys[key + 3] = d;
    const at = slot * ADDRESS_DOUBLES * 8;
    this.length[slot] = putIpv6(this.#textBytes, at, this.#keyBytes, key * 4) - at;
  }
}
