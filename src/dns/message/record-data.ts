/** Whether the bytes are parameters of a service (RFC 9460 §2.2): keys that rise, lengths within. */
export function isSvcb(u8: Uint8Array, at: number, end: number): boolean {
  let p = at;
  let last = -1;
  while (p < end) {
    if (p + 4 > end) return false;
    const key = (u8[p]! << 8) | u8[p + 1]!;
    if (key <= last) return false;
    last = key;
    p += 4 + ((u8[p + 2]! << 8) | u8[p + 3]!);
  }
  return p === end;
}

/** Whether the bytes are texts, each behind its length; none at all is none of them (RFC 1035 §3.3.14). */
export function isTexts(u8: Uint8Array, at: number, end: number): boolean {
  let p = at;
  while (p < end) p += 1 + u8[p]!;
  return p === end && at < end;
}
