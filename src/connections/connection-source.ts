import type { RecordIdentity } from '../encoding/record-identity.js';
import type { ResolvedJoin } from '../pipeline/join.js';

/**
 * One `struct ct_conn` (bpf/include/records.h) in memory and what the pipeline adds to it: the input of the encoders. One object is
 * reused for all records of a client, so that the encoders see a single shape and nothing is allocated per record.
 */
export interface ConnectionSource extends RecordIdentity {
  /** Two views of the same memory: a shared ring or a block of a recording. */
  u8: Uint8Array;
  u32: Uint32Array;
  /** Byte offset of the struct in `u8`; a multiple of 8. */
  base: number;
  /** Running number of the record in its output, from 1. */
  seq: number;
  /**
   * What this record adds to earlier ones of the connection in the same output: `delta[d]` to `delta[d + 6]` are sent bytes, received
   * bytes, sent packets, received packets, retransmits, established, closed.
   */
  delta: Float64Array;
  d: number;
  /** What other features say of the batch's records, a column for each join that is on; `place` is the record's place in them. */
  joins: readonly ResolvedJoin[];
  place: number;
  /** Of `joins`, those of the names of either end; NO_JOIN where they are off. */
  localNames: ResolvedJoin;
  remoteNames: ResolvedJoin;
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, in µs. */
  wallOffsetUs: number;
}

/**
 * Bits of `ct_conn.transitions` that prove a TCP handshake: the connection entered ESTABLISHED, or was first seen in a state that only
 * follows it (FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING). `total.established` is 1 when one of them is set.
 */
export const ESTABLISHED_TRANSITIONS = 0xb72;
