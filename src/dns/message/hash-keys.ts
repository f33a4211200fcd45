import { MAX_NAME_BYTES } from './limits.js';

/** As nothing secret is at hand: tests, one message read from a file. */
const FIXED_SEED = new Uint8Array(16);

/**
 * A multiplier for each place of a name. The hash of a name is the sum of its bytes times these: names from the network collide in its
 * upper bits by chance alone as long as nobody outside knows the seed (reliability.md T8).
 * @param seed what is not known outside, such as the boot id
 */
export function hashKeys(seed: Uint8Array = FIXED_SEED): Uint32Array {
  let a = 0x243f6a88;
  let b = 0x85a308d3;
  const next = (): number => {
    // Weyl sequence, mixed; two words of state, so that 64 bits of the seed count.
    a = (a + 0x9e3779b9) | 0;
    b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d) ^ a;
    let h = Math.imul(a ^ (b << 7) ^ (b >>> 11), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  for (const byte of seed) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = (b + a) | 0;
    next();
  }
  return Uint32Array.from({ length: MAX_NAME_BYTES + 1 }, next);
}
