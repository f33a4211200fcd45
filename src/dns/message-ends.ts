/** What was seen of a query: `struct ct_dns_segment` without its bytes. Of what was seen on a wire, local is who asked. */
export interface MessageEnds {
  /** Two views of the memory that holds it. */
  u8: Uint8Array;
  u32: Uint32Array;
  /** Byte offset of the struct; a multiple of 8. */
  base: number;
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, µs. */
  wallOffsetUs: number;
}
