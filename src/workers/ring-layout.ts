/**
 * Layout of a shared ring: a SharedArrayBuffer of a 4096-byte header and a power of two of data. One reader writes, the pump reads.
 * The native producer (src/native/src/shared_ring.h) has the same numbers.
 *
 * Positions are free-running u32 byte counts (mod 2^32), handled as int32. Each hot word has a 64-byte line of its own.
 * @module
 */
import { ConntrailError } from '../errors.js';

export const RING_HEADER_BYTES = 4096;
export const RING_MAGIC = 0x43545201;

/** Indices of u32 words in the header. */
export const WORD_MAGIC = 0;
export const WORD_CAPACITY = 1;
/** Written by the producer. */
export const WORD_HEAD = 16;
/** Written by the consumer. */
export const WORD_TAIL = 32;
/** 1: the consumer sleeps and wants to be notified on this word; the producer sets it to 0 before it notifies. */
export const WORD_WAITING = 48;
/** Producer counters, mod 2^32: frames for which there was no room, and the fresh records in them. */
export const WORD_DROPPED_FRAMES = 64;
export const WORD_DROPPED_RECORDS = 65;
/** RING_STATE; the pool writes `stopping`, the producer the others; `stopped` of the pool tells the producer that it is abandoned. */
export const WORD_STATE = 80;

export const RING_STATE = { starting: 0, running: 1, stopping: 2, stopped: 3 } as const;

export const MIN_RING_BYTES = 1 << 16;
export const MAX_RING_BYTES = 1 << 26;

/**
 * Allocates an empty ring.
 * @param bytes size of the data, a power of two
 * @param position where head and tail start; tests begin near 2^32
 * @throws ConntrailError CONNTRAIL_OPTION when the size is not a power of two within the bounds
 */
export function createRing(bytes: number, position = 0): SharedArrayBuffer {
  if (!Number.isInteger(Math.log2(bytes)) || bytes < MIN_RING_BYTES || bytes > MAX_RING_BYTES) {
    throw new ConntrailError(
      'CONNTRAIL_OPTION',
      `Choose a ring size that is a power of two between ${MIN_RING_BYTES} and ${MAX_RING_BYTES} bytes, not ${bytes}.`,
    );
  }
  const ring = new SharedArrayBuffer(RING_HEADER_BYTES + bytes);
  const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
  words[WORD_MAGIC] = RING_MAGIC;
  words[WORD_CAPACITY] = bytes;
  words[WORD_HEAD] = position | 0;
  words[WORD_TAIL] = position | 0;
  return ring;
}

/**
 * Size of the data of a ring.
 * @throws ConntrailError CONNTRAIL_RING_CORRUPT when the memory is no ring
 */
export function ringCapacity(ring: SharedArrayBuffer): number {
  const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
  const capacity = words[WORD_CAPACITY]! >>> 0;
  if (
    words[WORD_MAGIC] !== RING_MAGIC ||
    capacity !== ring.byteLength - RING_HEADER_BYTES ||
    capacity & (capacity - 1)
  ) {
    throw new ConntrailError('CONNTRAIL_RING_CORRUPT', 'This memory is not a shared ring; make it with createRing.');
  }
  return capacity;
}
