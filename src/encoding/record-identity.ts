/** What every record of a run begins with; the same arrays from record to record. */
export interface RecordIdentity {
  /** Host name and boot id, UTF-8, at most MAX_HOST_BYTES and MAX_BOOT_ID_BYTES. */
  host: Uint8Array;
  bootId: Uint8Array;
  /** When the tracer began, by the boot clock, µs. */
  run: number;
}

/** Bounds of the two constant strings of every record; a longer one is refused with CONNTRAIL_OPTION. Linux itself has 64 and 36. */
export const MAX_HOST_BYTES = 255;
export const MAX_BOOT_ID_BYTES = 64;
