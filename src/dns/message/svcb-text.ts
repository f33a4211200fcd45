import { MAX_ADDRESS_BYTES, putIpv4, putIpv6 } from '../../encoding/address-text.js';
import { putDecimal } from '../../encoding/decimal.js';
import { putQuoted, putTextByte, putWord, TEXT_GROWTH } from './quoted-text.js';
import { isTexts } from './record-data.js';

/** Parameters of services by key (RFC 9460 §14.3.2, RFC 9461, RFC 9540). */
const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'];
const MANDATORY = 0;
const ALPN = 1;
const NO_DEFAULT_ALPN = 2;
const PORT = 3;
const IPV4_HINT = 4;
const ECH = 5;
const IPV6_HINT = 6;

const COMMA = 0x2c;
const EQUALS = 0x3d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Most bytes of a number of 16 bits with what is put before or behind it. */
const NUMBER_BYTES = 6;

function putKey(out: Uint8Array, pos: number, key: number, stop: number): number {
  const name = KEYS[key];
  if (name !== undefined) return putWord(out, pos, name, stop);
  const p = putWord(out, pos, 'key', stop);
  return p + NUMBER_BYTES <= stop ? putDecimal(out, p, key) : p;
}

/** Protocols that whoever reads a private record may see (IANA registry of ALPN protocol ids); any other text may be a name. */
const PROTOCOLS = ['http/0.9', 'http/1.0', 'http/1.1', 'h2', 'h2c', 'h3', 'dot', 'doq', 'co', 'coap'].map((id) =>
  new TextEncoder().encode(id),
);

/**
 * Whether nothing in a parameter's value can be a name: it is made of numbers, addresses or known protocols, as its key wants it. ECH has the
 * public name in it, and nobody knows of keys without a name here.
 */
function isNameless(key: number, u8: Uint8Array, at: number, end: number): boolean {
  const length = end - at;
  switch (key) {
    case MANDATORY:
      return length % 2 === 0;
    case ALPN:
      return isTexts(u8, at, end) && areKnown(u8, at, end);
    case NO_DEFAULT_ALPN:
      return length === 0;
    case PORT:
      return length === 2;
    case IPV4_HINT:
      return length % 4 === 0;
    case IPV6_HINT:
      return length % 16 === 0;
    default:
      return false;
  }
}

function areKnown(u8: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i += 1 + u8[i]!) if (!isKnown(u8, i + 1, u8[i]!)) return false;
  return true;
}

function isKnown(u8: Uint8Array, at: number, length: number): boolean {
  for (const id of PROTOCOLS) {
    let same = 0;
    while (same < length && id[same] === u8[at + same]) same++;
    if (same === length && same === id.length) return true;
  }
  return false;
}

/**
 * Writes the parameters of a service from `at` to `end`, which isSvcb found whole, each with a space before it (RFC 9460 §2.1).
 * @param stop nothing is written from here on
 * @param discreet whether parameters that may hold names are left out
 * @returns the position behind
 */
export function putSvcb(
  out: Uint8Array,
  pos: number,
  u8: Uint8Array,
  at: number,
  end: number,
  stop: number,
  discreet: boolean,
): number {
  let p = pos;
  for (let i = at; i < end && p < stop; ) {
    const key = (u8[i]! << 8) | u8[i + 1]!;
    const from = i + 4;
    i = from + ((u8[i + 2]! << 8) | u8[i + 3]!);
    if (discreet && !isNameless(key, u8, from, i)) continue;
    out[p++] = SPACE;
    p = putKey(out, p, key, stop);
    if (i === from || p >= stop) continue;
    out[p++] = EQUALS;
    p = putParameter(out, p, key, u8, from, i, stop);
  }
  return p;
}

/** The value from `at` to `end`; one that its key cannot have as what it is, in quotes. */
function putParameter(out: Uint8Array, p: number, key: number, u8: Uint8Array, at: number, end: number, stop: number) {
  const length = end - at;
  if (key === PORT && length === 2) return putNumbers(out, p, false, u8, at, end, stop);
  if (key === MANDATORY && length % 2 === 0) return putNumbers(out, p, true, u8, at, end, stop);
  if (key === IPV4_HINT && length % 4 === 0) return putAddresses(out, p, 4, u8, at, end, stop);
  if (key === IPV6_HINT && length % 16 === 0) return putAddresses(out, p, 16, u8, at, end, stop);
  if (key === ALPN && isTexts(u8, at, end)) return putProtocols(out, p, u8, at, end, stop);
  if (key === ECH) return putBase64(out, p, u8, at, end, stop);
  return putQuoted(out, p, u8, at, end, stop);
}

/** Numbers of 16 bits, or the keys that have them, commas between. */
function putNumbers(
  out: Uint8Array,
  pos: number,
  keys: boolean,
  u8: Uint8Array,
  at: number,
  end: number,
  stop: number,
) {
  let p = pos;
  for (let i = at; i < end && p + NUMBER_BYTES <= stop; i += 2) {
    if (i > at) out[p++] = COMMA;
    const number = (u8[i]! << 8) | u8[i + 1]!;
    p = keys ? putKey(out, p, number, stop) : putDecimal(out, p, number);
  }
  return p;
}

function putAddresses(
  out: Uint8Array,
  pos: number,
  size: number,
  u8: Uint8Array,
  at: number,
  end: number,
  stop: number,
) {
  let p = pos;
  for (let i = at; i < end && p + MAX_ADDRESS_BYTES < stop; i += size) {
    if (i > at) out[p++] = COMMA;
    if (size === 16) p = putIpv6(out, p, u8, i);
    else p = putIpv4(out, p, u8[i]! | (u8[i + 1]! << 8) | (u8[i + 2]! << 16) | (u8[i + 3]! << 24));
  }
  return p;
}

/** Names of protocols, each behind its length, in quotes, commas between; a comma in a name, which none has, as \044. */
function putProtocols(out: Uint8Array, pos: number, u8: Uint8Array, at: number, end: number, stop: number) {
  let p = pos;
  out[p++] = QUOTE;
  for (let i = at; i < end; i += 1 + u8[i]!) {
    if (i > at && p < stop) out[p++] = COMMA;
    for (let k = i + 1; k <= i + u8[i]! && p + TEXT_GROWTH <= stop; k++) p = putTextByte(out, p, u8[k]!, COMMA);
  }
  if (p < stop) out[p++] = QUOTE;
  return p;
}

/** RFC 4648 §4. */
function putBase64(out: Uint8Array, pos: number, u8: Uint8Array, at: number, end: number, stop: number) {
  let p = pos;
  for (let i = at; i < end && p + 4 <= stop; i += 3) {
    const left = end - i;
    const three = (u8[i]! << 16) | ((left > 1 ? u8[i + 1]! : 0) << 8) | (left > 2 ? u8[i + 2]! : 0);
    out[p++] = BASE64.charCodeAt(three >>> 18);
    out[p++] = BASE64.charCodeAt((three >>> 12) & 63);
    out[p++] = left > 1 ? BASE64.charCodeAt((three >>> 6) & 63) : EQUALS;
    out[p++] = left > 2 ? BASE64.charCodeAt(three & 63) : EQUALS;
  }
  return p;
}
