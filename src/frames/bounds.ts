/**
 * What a number of the kernel can be at most. Whatever is beyond would not be told exactly: a double, and so every JSON reader and the
 * arithmetic here, holds integers up to 2^53 only; Avro's long has a sign. No sound kernel comes near.
 */

/** A time of the boot clock, ns: 36 years. */
export const MAX_BOOT_NS = 2 ** 60;
/** The wall clock's offset either way, µs: with any time of the boot clock added it is still exact (until the year 2218). */
export const MAX_WALL_OFFSET_US = 2 ** 53 - MAX_BOOT_NS / 1000;
/** A count since the start: 2^53 less 2^32 (9 PB), since Avro readers in JavaScript stop just short of 2^53. */
export const MAX_COUNT = 2 ** 53 - 2 ** 32;
