import type { AddressRange } from './filter.js';

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** An address range ready to be compared. */
export interface CompiledAddress {
  /** Bits of the ends it looks at. */
  ends: number;
  v4: boolean;
  bytes: Uint8Array;
  /** Whole bytes that must be equal, and the mask of the bits in the next one. */
  whole: number;
  mask: number;
}

/** Records carry IPv4-mapped addresses as IPv4, and so does the filter. */
export function compileAddress(range: AddressRange, ends: number): CompiledAddress {
  const mapped =
    range.bytes.length === 16 && range.prefix >= 96 && MAPPED_PREFIX.every((byte, i) => range.bytes[i] === byte);
  const bytes = mapped ? range.bytes.slice(12) : range.bytes.slice();
  const prefix = mapped ? range.prefix - 96 : range.prefix;
  const rest = prefix & 7;
  return {
    ends,
    v4: bytes.length === 4,
    bytes,
    whole: prefix >>> 3,
    mask: rest === 0 ? 0 : 0xff & ~(0xff >>> rest),
  };
}

/** Whether the address at byte `at` lies in the range; its family is the caller's business. */
export function within(u8: Uint8Array, at: number, { bytes, whole, mask }: CompiledAddress): boolean {
  for (let i = 0; i < whole; i++) if (u8[at + i] !== bytes[i]) return false;
  return mask === 0 || ((u8[at + whole]! ^ bytes[whole]!) & mask) === 0;
}
