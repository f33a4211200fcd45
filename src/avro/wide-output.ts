/**
 * Stores of four bytes at once into a byte array, at any position. The view is made once per array: encoders write into the same few
 * buffers again and again.
 * @module
 */

let array: Uint8Array = new Uint8Array(0);
let view: DataView = new DataView(array.buffer);

/** A little-endian view of all of `out`. */
export function wideView(out: Uint8Array): DataView {
  if (out !== array) {
    array = out;
    view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  }
  return view;
}

/** The bytes as 32-bit words, little-endian, zeros behind them: a text to be stored four bytes at a time. */
export function wideText(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  for (let i = 0; i < bytes.length; i++) words[i >>> 2] = words[i >>> 2]! | (bytes[i]! << (8 * (i & 3)));
  return words;
}
