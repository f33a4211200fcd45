/** A 32-bit hash with one word more in it. */
export function mix(h: number, word: number): number {
  const k = Math.imul(h ^ word, 0x85ebca6b);
  return Math.imul(k ^ (k >>> 15), 0xc2b2ae35) ^ (k >>> 13);
}

/** The hash, its lower bits as good as its upper ones; unsigned. */
export function finish(h: number): number {
  const k = Math.imul(h ^ (h >>> 16), 0x2c1b3c6d);
  return (k ^ (k >>> 15)) >>> 0;
}
