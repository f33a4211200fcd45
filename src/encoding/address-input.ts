/**
 * Whether a text is an IP address, without the system's help: the same answer wherever it is asked.
 * @module
 */

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const GROUP = /^[0-9a-fA-F]{1,4}$/;

export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** RFC 4291 §2.2: eight groups, `::` for a run of zeros, a dotted quad in the place of the last two. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const quad = groups.at(-1)?.includes('.') === true ? groups.pop()! : null;
  // A quad ends the address: not in front of the zeros.
  if (quad !== null && (!isIpv4(quad) || text.endsWith('::') || halves.at(-1) === '')) return false;
  const count = groups.length + (quad === null ? 0 : 2);
  return groups.every((group) => GROUP.test(group)) && (halves.length === 2 ? count < 8 : count === 8);
}
