import type { Random } from './random.js';

/** Ways to damage a message. */
const WAYS = 7;

/** A copy of a message with up to four faults: bytes, bits, pointers, lengths, counts; parts that are missing, doubled, or of another. */
export function damaged(message: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = message.slice();
  for (let faults = 1 + random.below(4); faults > 0 && bytes.length > 12; faults--) {
    bytes = once(bytes, other, random);
  }
  return bytes;
}

function once(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  switch (random.below(WAYS)) {
    case 0:
      bytes[at] = random.below(256);
      return bytes;
    case 1:
      bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 2:
      // A pointer, often one that leads into what is near.
      bytes[at] = 0xc0 | (random.once(4) ? random.below(64) : 0);
      if (at + 1 < bytes.length)
        bytes[at + 1] = random.once(3) ? random.below(256) : Math.max(0, at - random.below(40)) & 0xff;
      return bytes;
    case 3:
      // A count of the header.
      bytes[4 + random.below(8)] = random.once(2) ? random.below(4) : random.below(256);
      return bytes;
    case 4:
      return bytes.slice(0, at);
    case 5: {
      const from = random.below(bytes.length);
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(at, from), Math.max(at, from)), bytes.subarray(at));
    }
    default: {
      const from = random.below(other.length);
      return joined(bytes.subarray(0, at), other.subarray(from, from + random.below(40)), bytes.subarray(at));
    }
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts)).slice(0, 65_535);
}
