import { isIPv4, isIPv6 } from 'node:net';

/** An address in network order: 4 bytes for IPv4 and IPv4-mapped IPv6, else 16; `bits` is the width it was written with. */
export interface ParsedAddress {
  bytes: Uint8Array;
  bits: 32 | 128;
}

/** Parses an IPv4 or IPv6 address, null when it is neither. Zones (`%eth0`) are refused: a record has none. */
export function parseAddress(text: string): ParsedAddress | null {
  if (isIPv4(text)) return { bytes: Uint8Array.from(text.split('.'), Number), bits: 32 };
  if (!isIPv6(text) || text.includes('%')) return null;
  const bytes = ipv6Bytes(text);
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return { bytes: mapped ? bytes.slice(12) : bytes, bits: 128 };
}

/** The 16 bytes of an address that isIPv6 accepted. */
function ipv6Bytes(text: string): Uint8Array {
  const lastColon = text.lastIndexOf(':');
  const tail = text.slice(lastColon + 1);
  let hex = text;
  if (tail.includes('.')) {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    hex = `${text.slice(0, lastColon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = '', rest] = hex.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = rest === undefined ? 0 : 8 - left.length - right.length;
  const words = [...left, ...new Array<string>(zeros).fill('0'), ...right].map((word) => Number.parseInt(word, 16));
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}
