import type { AddressRange, FilterEnd, NamePattern, PortRange } from '../connections/filter.js';
import { parseAddress } from './ip.js';
import { wrong } from './units.js';

/**
 * `443`, `8000-8999`, `local:22`.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function portRange(text: string): PortRange {
  const [end, rest] = splitEnd(text);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(rest);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last > 65535 || first > last) {
    throw wrong(text, 'a port or range such as 443, 8000-8999 or local:22');
  }
  return { end, first, last };
}

/**
 * `10.0.0.0/8`, `remote:2001:db8::/32`, `192.0.2.1`. An IPv4-mapped address is an IPv4 address everywhere in conntrail.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function addressRange(text: string): AddressRange {
  const [end, rest] = splitEnd(text);
  const [address, prefix, more] = rest.split('/', 3);
  const parsed = parseAddress(address ?? '');
  const bits = prefix === undefined ? parsed?.bits : Number(prefix);
  if (
    parsed === null ||
    bits === undefined ||
    more !== undefined ||
    (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) ||
    bits > parsed.bits
  ) {
    throw wrong(text, 'an address or prefix such as 10.0.0.0/8 or remote:2001:db8::/32');
  }
  const width = parsed.bytes.byteLength * 8;
  const mapped = bits - (parsed.bits - width);
  if (mapped < 0) throw wrong(text, 'within the IPv4-mapped addresses; give the IPv4 prefix');
  return { end, bytes: parsed.bytes, prefix: mapped };
}

/** Most characters of a pattern: the longest name has 253, and bytes that are no printable ASCII stand as four. */
const MAX_PATTERN = 1020;

/**
 * `www.example.com`, `remote:*.example.com`.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function namePattern(text: string): NamePattern {
  const [end, pattern] = splitEnd(text);
  if (!/^[\x21-\x7e]+$/.test(pattern) || pattern.length > MAX_PATTERN) {
    throw wrong(text, 'a name such as www.example.com, *.example.com or remote:db; other alphabets in ASCII (xn--…)');
  }
  return { end, pattern };
}

/**
 * One of the words, in whatever case.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function oneOf<T extends string>(text: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === text.toLowerCase());
  if (found === undefined) throw wrong(text, `one of ${allowed.join(', ')}`);
  return found;
}

function splitEnd(text: string): [FilterEnd, string] {
  const match = /^(local|remote):(.*)$/i.exec(text);
  return match === null ? ['any', text] : [match[1]!.toLowerCase() as FilterEnd, match[2]!];
}
