export const BACKSLASH = 0x5c;

/** Writes a byte that cannot stand for itself (RFC 1035 §5.1), `printable` behind a backslash, else as \DDD; returns the position behind it. */
export function putEscaped(out: Uint8Array, pos: number, byte: number, printable: boolean): number {
  out[pos] = BACKSLASH;
  if (printable) {
    out[pos + 1] = byte;
    return pos + 2;
  }
  out[pos + 1] = 0x30 + Math.floor(byte / 100);
  out[pos + 2] = 0x30 + (Math.floor(byte / 10) % 10);
  out[pos + 3] = 0x30 + (byte % 10);
  return pos + 4;
}
