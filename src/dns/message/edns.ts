/** Option codes (RFC 8914 §2). */
const EXTENDED_ERROR = 15;

/** No extended error was told. */
export const NO_EXTENDED_ERROR = -1;
/** The options run over their record. */
export const BROKEN_OPTIONS = -2;

/**
 * The first extended error among the options of an OPT record, from `at` to `end`.
 * @returns its code; NO_EXTENDED_ERROR or BROKEN_OPTIONS
 */
export function extendedErrorOf(u8: Uint8Array, at: number, end: number): number {
  let found = NO_EXTENDED_ERROR;
  let p = at;
  while (p < end) {
    if (p + 4 > end) return BROKEN_OPTIONS;
    const code = (u8[p]! << 8) | u8[p + 1]!;
    const length = (u8[p + 2]! << 8) | u8[p + 3]!;
    p += 4;
    if (p + length > end) return BROKEN_OPTIONS;
    if (code === EXTENDED_ERROR) {
      if (length < 2) return BROKEN_OPTIONS;
      if (found < 0) found = (u8[p]! << 8) | u8[p + 1]!;
    }
    p += length;
  }
  return found;
}
