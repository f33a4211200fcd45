/** Text of `length` bytes at most, that ends with a NUL before. Bytes that are no UTF-8 stay what they are: each is one character. */
export function rowText(view: DataView, at: number, length: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, length);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? length : end);
}
