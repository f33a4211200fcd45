import { CONN } from '../frames/layout.gen.js';

/**
 * What a number of the kernel can be at most. Whatever is beyond would not be told exactly: a double, and so every JSON reader and the
 * arithmetic here, holds integers up to 2^53 only; Avro's long has a sign. No sound kernel comes near.
 */

/** Least high word of a count that cannot be: 2^53 less 2^32 (9 PB on one socket), since Avro readers in JavaScript stop just short. */
const COUNT_BEYOND = 0x1f_ffff;
/** Bits of the high word that are 0 in a time of the boot clock: below 2^60 ns (36 years). */
const TIME_BITS = 28;
export const MAX_BOOT_NS = 2 ** 60;
/** The wall clock's offset either way, µs: with any time of the boot clock added it is still exact (until the year 2218). */
export const MAX_WALL_OFFSET_US = 2 ** 53 - MAX_BOOT_NS / 1000;

const START = (CONN.start_ns >>> 2) + 1;
const END = (CONN.end_ns >>> 2) + 1;
const SENT_BYTES = (CONN.sent_bytes >>> 2) + 1;
const RECEIVED_BYTES = (CONN.received_bytes >>> 2) + 1;
const SENT_PACKETS = (CONN.sent_packets >>> 2) + 1;
const RECEIVED_PACKETS = (CONN.received_packets >>> 2) + 1;

/** Whether every count and time of the `struct ct_conn` at word `at` can be. */
export function inRange(u32: Uint32Array, at: number): boolean {
  return (
    u32[at + SENT_BYTES]! < COUNT_BEYOND &&
    u32[at + RECEIVED_BYTES]! < COUNT_BEYOND &&
    u32[at + SENT_PACKETS]! < COUNT_BEYOND &&
    u32[at + RECEIVED_PACKETS]! < COUNT_BEYOND &&
    (u32[at + START]! | u32[at + END]!) >>> TIME_BITS === 0
  );
}
