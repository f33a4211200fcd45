const STAR = 0x2a;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;

/**
 * A pattern of names, compared byte by byte: `*` stands for any bytes, dots included, all else for itself. Names are in lower case and without the
 * dot at their end, and so is the pattern after it was read.
 */
export class NamePattern {
  readonly #bytes: Uint8Array;

  constructor(text: string) {
    this.#bytes = Uint8Array.from(Buffer.from(text.replace(/(?<=[^\\])\.$/, ''), 'latin1'), (byte) =>
      byte >= UPPER_A && byte <= UPPER_Z ? byte + 32 : byte,
    );
  }

  /** Whether it is the name at `start` of `u8`. At most name × pattern steps; allocates nothing. */
  matches(u8: Uint8Array, start: number, length: number): boolean {
    const bytes = this.#bytes;
    const end = start + length;
    let at = start;
    let p = 0;
    // Where the last star was, and what of the name it had taken.
    let star = -1;
    let taken = start;
    while (at < end) {
      if (p < bytes.length && bytes[p] === STAR) {
        star = p++;
        taken = at;
      } else if (p < bytes.length && bytes[p] === u8[at]) {
        p++;
        at++;
      } else if (star >= 0) {
        p = star + 1;
        at = ++taken;
      } else return false;
    }
    while (p < bytes.length && bytes[p] === STAR) p++;
    return p === bytes.length;
  }
}
