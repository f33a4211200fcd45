const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

/**
 * A name of a file as on the wire, in lower case; null: it is none. A backslash is a character like others (hosts(5) knows no escapes).
 * @param text each character a byte
 */
export function wireName(text: string): Uint8Array | null {
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.');
  const length = labels.reduce((sum, label) => sum + label.length + 1, 1);
  if (length > MAX_NAME_BYTES || labels.some((label) => label === '' || label.length > MAX_LABEL_BYTES)) return null;
  const wire = new Uint8Array(length);
  let at = 0;
  for (const label of labels) {
    wire[at++] = label.length;
    for (let i = 0; i < label.length; i++) {
      const byte = label.charCodeAt(i);
      wire[at++] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    }
  }
  return wire;
}
