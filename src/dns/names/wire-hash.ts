/**
 * The hash of a name on the wire, lower-cased and without pointers, as names of messages have it (MessageNames): the last zero does not count.
 * @param keys as hashKeys makes them
 */
export function wireHash(keys: Uint32Array, wire: Uint8Array, start: number, length: number): number {
  let hash = 0;
  for (let i = 0; i < length - 1; i++) hash = (hash + Math.imul(wire[start + i]!, keys[i]!)) | 0;
  return hash >>> 0;
}
