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

/** By the bit mask of an address's zero groups (bit i = group i): where the run begins that "::" stands for, and how long it is. */
const RUN_FROM = new Int8Array(256).fill(-1);
const RUN_LENGTH = new Uint8Array(256);

for (let mask = 0; mask < 256; mask++) {
  // The longest run of at least two, the first of equals (RFC 5952 §4.2).
  for (let from = 0, longest = 1; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && mask & (1 << (from + length))) length++;
    if (length <= longest) continue;
    longest = length;
    RUN_FROM[mask] = from;
    RUN_LENGTH[mask] = length;
  }
}

/** Writes the IPv6 address of 16 bytes in network order at `at`, in the form of RFC 5952; returns the position behind it. */
export function putIpv6(out: Uint8Array, pos: number, u8: Uint8Array, at: number): number {
  let zeros = 0;
  for (let i = 0; i < 8; i++) if ((u8[at + 2 * i]! | u8[at + 2 * i + 1]!) === 0) zeros |= 1 << i;
  // ::ffff:0:0/96: the rest of such a one is a dotted quad (§5).
  const mapped = (zeros & 0x3f) === 0x1f && (u8[at + 10]! & u8[at + 11]!) === 0xff;
  const groups = mapped ? 6 : 8;
  const mask = mapped ? 0x1f : zeros;
  const from = RUN_FROM[mask]!;
  let p = pos;
  for (let i = 0; i < groups; i++) {
    if (i === from) {
      out[p++] = 0x3a;
      i += RUN_LENGTH[mask]! - 1;
      if (i === groups - 1) out[p++] = 0x3a;
      continue;
    }
    if (i > 0) out[p++] = 0x3a;
    const high = u8[at + 2 * i]!;
    const low = u8[at + 2 * i + 1]!;
    if (high > 0xf) out[p++] = HEX[high >>> 4]!;
    if (high > 0) out[p++] = HEX[high & 15]!;
    if (high > 0 || low > 0xf) out[p++] = HEX[low >>> 4]!;
    out[p++] = HEX[low & 15]!;
  }
  if (!mapped) return p;
  out[p++] = 0x3a;
  return putIpv4(out, p, u8[at + 12]! | (u8[at + 13]! << 8) | (u8[at + 14]! << 16) | (u8[at + 15]! << 24));
}
