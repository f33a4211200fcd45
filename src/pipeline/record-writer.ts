import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';

/** Where the records of one type go, for one client. */
export interface RecordPort<S extends RecordSource> {
  /**
   * Encodes one record. `source` is reused: read it during the call only.
   * @param units how many units of the feature's ledger row it stands for: 1 for a closed connection, 0 for an open one
   */
  write(source: S, units: number): void;
}

/**
 * Where a client's records go: an encoder with a sink behind it. The pipeline calls it synchronously and never waits for an answer;
 * `backlog` closes the credit gate that delays flushes.
 */
export interface RecordWriter {
  /** Is asked once per record type; null: records of this type have no place here, and are not made for this client. */
  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null;
  /** Encodes the ledger record that closes a flush, then hands on what is buffered. */
  ledger(record: Ledger): void;
  /** Hands on what is buffered, without a ledger record: when the pump runs dry. */
  push(): void;
  /** Bytes encoded and not yet taken by the sink. */
  readonly backlog: number;
}
