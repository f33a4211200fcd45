import { NO_SLICE } from '../encoding/fragments.js';
import { type ResolvedJoin, resolvedJoin } from '../pipeline/join.js';

/** Most records of one RecordBatch; frames that hold more pass in several. */
export const RECORDS_PER_BATCH = 64;

/** Numbers per record in `ClientDeltas.delta`: sent and received bytes, sent and received packets, retransmits, established, closed. */
export const DELTA_FIELDS = 7;

/** In the place of a join that is off: it knows nothing of any record. */
export const NO_JOIN: ResolvedJoin = resolvedJoin(
  { record: 'connection', field: '', fragments: { avro: () => NO_SLICE, json: () => NO_SLICE }, resolve: () => {} },
  RECORDS_PER_BATCH,
);

/** What becomes of a record. */
export const VERDICT = {
  /** Goes to every client that has something new to learn from it. */
  keep: 0,
  /** Not asked for. */
  filtered: 1,
  /** A second close of one connection. */
  repeated: 2,
  /** A snapshot row of a connection whose close was seen already. */
  late: 3,
  /** A snapshot row while flushes are delayed; its counts stay for a later row. */
  held: 4,
  /** A snapshot row for which the table had no room; its counts stay for the close. */
  rejected: 5,
  /** Made by conntrail's self-test: nobody's traffic. */
  selfTest: 6,
  /** A count or a time in it is larger than any can be. */
  impossible: 7,
  /** Made by a canary: nobody's traffic. */
  canary: 8,
} as const;

/** What one client is told of a batch. */
export class ClientDeltas {
  /** 1: the record at this place goes to the client. */
  readonly keep = new Uint8Array(RECORDS_PER_BATCH);
  readonly delta = new Float64Array(RECORDS_PER_BATCH * DELTA_FIELDS);
}

/**
 * A view of consecutive `struct ct_conn` in somebody else's memory, and beside it what the operators found out. One object per
 * pipeline, overwritten for each batch; valid during the emission only.
 */
export class RecordBatch {
  u8: Uint8Array = new Uint8Array(0);
  u32: Uint32Array = new Uint32Array(0);
  /** Byte offset of the first record; a multiple of 8. */
  base = 0;
  count = 0;
  /** true: closed connections; false: rows of a snapshot. */
  closed = true;
  readonly verdict = new Uint8Array(RECORDS_PER_BATCH);
  /** What other features say of its records. */
  joins: readonly ResolvedJoin[] = [];
  /** Of `joins`, those of the names of either end. */
  localNames = NO_JOIN;
  remoteNames = NO_JOIN;
  /** By client column of the connection table. */
  readonly clients: ClientDeltas[] = [];
}
