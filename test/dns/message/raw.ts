/** Bytes of hexadecimal digits, spaces between as one likes. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

/** An answer to `a.b` of any type whose only record has these bytes. */
export function withAnswer(type: number, data: Uint8Array): Buffer {
  const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
  const question = hex('01610162 00 00ff 0001');
  const record = [hex('c00c'), u16(type), hex('0001 0000003c'), u16(data.length), data];
  return Buffer.concat([hex('1234 8180 0001 0001 0000 0000'), question, ...record]);
}
