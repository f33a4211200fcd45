/**
 * IP addresses as text, written straight into a buffer.
 * @module
 */

/** Most bytes of one address: `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
export const MAX_ADDRESS_BYTES = 45;

/** Each octet's decimal digits and a dot behind them, the first character in the low byte. */
export const OCTET_TEXT = new Uint32Array(256);
/** Bytes of that, the dot included. */
export const OCTET_LENGTH = new Uint8Array(256);

for (let n = 0; n < 256; n++) {
  const text = `${n}.`;
  OCTET_LENGTH[n] = text.length;
  for (let i = 0; i < text.length; i++) OCTET_TEXT[n] = OCTET_TEXT[n]! | (text.charCodeAt(i) << (8 * i));
}

/** Writes the dotted quad of four octets, the first one in the low byte of `word`; returns the position behind it. */
export function putIpv4(out: Uint8Array, pos: number, word: number): number {
  let p = pos;
  for (let shift = 0; shift < 32; shift += 8) {
    const octet = (word >>> shift) & 0xff;
    let text = OCTET_TEXT[octet]!;
    const end = p + OCTET_LENGTH[octet]!;
    while (p < end) {
      out[p++] = text & 0xff;
      text >>>= 8;
    }
  }
  return p - 1;
}

const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** The 16-bit group `i` of the address at `at`. */
function group(u8: Uint8Array, at: number, i: number): number {
  return (u8[at + 2 * i]! << 8) | u8[at + 2 * i + 1]!;
}

function putGroup(out: Uint8Array, pos: number, value: number): number {
  let p = pos;
  if (value > 0xfff) out[p++] = HEX[value >>> 12]!;
  if (value > 0xff) out[p++] = HEX[(value >>> 8) & 15]!;
  if (value > 0xf) out[p++] = HEX[(value >>> 4) & 15]!;
  out[p++] = HEX[value & 15]!;
  return p;
}

/** Whether the address is ::ffff:0:0/96; RFC 5952 §5 writes the rest of such a one as a dotted quad. */
function isMapped(u8: Uint8Array, at: number): boolean {
  for (let i = 0; i < 5; i++) if (group(u8, at, i) !== 0) return false;
  return group(u8, at, 5) === 0xffff;
}

/** Writes the IPv6 address of 16 bytes in network order at `at`, in the form of RFC 5952; returns the position behind it. */
export function putIpv6(out: Uint8Array, pos: number, u8: Uint8Array, at: number): number {
  const groups = isMapped(u8, at) ? 6 : 8;
  // The longest run of at least two zero groups, the first of equals, becomes "::".
  let from = -1;
  let length = 1;
  for (let i = 0; i < groups; i++) {
    let run = 0;
    while (i + run < groups && group(u8, at, i + run) === 0) run++;
    if (run > length) {
      from = i;
      length = run;
    }
    i += run;
  }
  let p = pos;
  for (let i = 0; i < groups; i++) {
    if (i === from) {
      out[p++] = 0x3a;
      i += length - 1;
      if (i === groups - 1) out[p++] = 0x3a;
      continue;
    }
    if (i > 0) out[p++] = 0x3a;
    p = putGroup(out, p, group(u8, at, i));
  }
  if (groups === 8) return p;
  out[p++] = 0x3a;
  return putIpv4(out, p, u8[at + 12]! | (u8[at + 13]! << 8) | (u8[at + 14]! << 16) | (u8[at + 15]! << 24));
}

/** One IPv6 address at a time as text. */
export class AddressText {
  readonly bytes = new Uint8Array(MAX_ADDRESS_BYTES);
  length = 0;

  /** Takes the address of 16 bytes at `at`. */
  set(u8: Uint8Array, at: number): void {
    this.length = putIpv6(this.bytes, 0, u8, at);
  }
}
