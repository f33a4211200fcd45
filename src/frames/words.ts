const HIGH = 4294967296;

/** The unsigned 64-bit number whose low word is at `word`; exact below 2^53. */
export function u64(u32: Uint32Array, word: number): number {
  return u32[word]! + u32[word + 1]! * HIGH;
}

/** The signed one. */
export function s64(u32: Uint32Array, word: number): number {
  return u32[word]! + (u32[word + 1]! | 0) * HIGH;
}
