import type { RecordIdentity } from '../../encoding/record-identity.js';
import type { RecordSource } from '../../encoding/record-type.js';

/** Where a process is; null: that is not known. */
export interface Place {
  /** Path of its cgroup, safe to be shown. */
  readonly text: string;
  /** Its id, safe to be shown, and the place of its runtime in RUNTIMES, null: not known. null: it is in none. */
  readonly container: { readonly id: string; readonly runtime: number | null } | null;
}

/** One `struct ct_oom_kill` in memory: the input of the encoders, one object reused for all records of a client. */
export interface OomKillSource extends RecordIdentity, RecordSource {
  /** Two views of the same memory. */
  u8: Uint8Array;
  u32: Uint32Array;
  /** Byte offset of the struct; a multiple of 8. */
  base: number;
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, µs. */
  wallOffsetUs: number;
  /** Of its paths of cgroups; null: not known. */
  victim: Place | null;
  trigger: Place | null;
  memory: Place | null;
}
