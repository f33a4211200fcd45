import { isIPv4, isIPv6 } from 'node:net';

/** The address that a text is, in network order: 4 bytes or 16; null: it is none, or one of a single interface (`fe80::1%eth0`). */
export function addressBytes(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return null;
  // As WHATWG's URL spells it: without a dotted quad.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return Uint8Array.from([...left, ...new Array<number>(zeros).fill(0), ...right].flatMap((g) => [g >> 8, g & 0xff]));
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
