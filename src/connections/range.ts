import { CONN } from './layout.gen.js';

/** Least high word of a count that cannot be: 2^53 less 2^32 (9 PB on one socket), since Avro readers in JavaScript stop just short. */
const COUNT_BEYOND = 0x1f_ffff;
/** Bits of the high word that are 0 in a time of the boot clock (MAX_BOOT_NS). */
const TIME_BITS = 28;

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
