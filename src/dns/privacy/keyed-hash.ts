import { createHmac } from 'node:crypto';

/** Bytes of a hash that are told: names are told apart up to some 2^48. */
const HASH_BYTES = 12;

/** Fewest bytes of a key. */
export const KEY_BYTES = 16;

/**
 * Names as 24 hexadecimal digits: the first 12 bytes of HMAC-SHA-256 (RFC 2104) over the name, lower-cased, as it would be told in full. Who has
 * the key can tell whether a record is of a name; nobody else can, not even by trying all names.
 */
export function keyedHash(key: Uint8Array): (name: string) => string {
  return (name) =>
    createHmac('sha256', key)
      .update(name, 'latin1')
      .digest('hex')
      .slice(0, 2 * HASH_BYTES);
}
