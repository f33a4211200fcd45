let array: Uint8Array = new Uint8Array(0);
let view: DataView = new DataView(array.buffer);

/**
 * A view of all of `out`, for stores of several bytes at once at any position. Made once per array: encoders write into the same few
 * buffers again and again.
 */
export function wideView(out: Uint8Array): DataView {
  if (out !== array) {
    array = out;
    view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  }
  return view;
}
