/**
 * The bytes as doubles, in at least `least` of them, zeros behind: a text to be stored eight bytes at a time. A double carries any eight
 * bytes of valid UTF-8 unchanged: only a NaN might lose bits, and the two bytes that make one (0x7f or 0xff behind 0xf0 or more) stand in
 * no valid text.
 */
export function wideText(bytes: Uint8Array, least: number): Float64Array {
  const doubles = new Float64Array(Math.max(Math.ceil(bytes.length / 8), least));
  new Uint8Array(doubles.buffer).set(bytes);
  return doubles;
}
