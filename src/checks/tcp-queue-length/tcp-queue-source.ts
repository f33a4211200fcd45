import type { ContainerRuntime } from '../../cgroups/container.js';
import type { RecordIdentity } from '../../encoding/record-identity.js';
import type { RecordSource } from '../../encoding/record-type.js';

/** One `struct ct_tcp_queue` in memory: the input of the encoders, one object reused for all records of a client. */
export interface TcpQueueSource extends RecordIdentity, RecordSource {
  /** Two views of the same memory. */
  u8: Uint8Array;
  u32: Uint32Array;
  /** Byte offset of the struct; a multiple of 8. */
  base: number;
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, µs. */
  wallOffsetUs: number;
  /** How often its queues were looked at. */
  samples: number;
  /** Of the cgroup, made safe; null: not known. */
  path: string | null;
  /** Id of the container, made safe; null: none. */
  container: string | null;
  runtime: ContainerRuntime | null;
}
