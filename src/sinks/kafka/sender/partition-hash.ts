const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2, 32 bits, as Kafka's own clients choose partitions by. */
export function murmur2(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  let h = SEED ^ bytes.length;
  for (let i = 0; i < whole; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  if (bytes.length > whole) {
    for (let i = bytes.length - 1; i >= whole; i--) h ^= bytes[i]! << (8 * (i - whole));
    h = Math.imul(h, M);
  }
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The partition of a host among `count`: the one that Kafka's own clients choose for a key that is its name. */
export function partitionOf(host: string, count: number): number {
  return (murmur2(Buffer.from(host)) & 0x7fff_ffff) % count;
}
