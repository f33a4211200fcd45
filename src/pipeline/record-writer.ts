import type { ConnectionSource } from '../connections/connection-source.js';
import type { Ledger } from '../ledger/generated/ledger.js';

/**
 * Where a client's records go: an encoder with a sink behind it. The pipeline calls it synchronously and never waits for an answer;
 * `backlog` closes the credit gate that delays flushes of open connections.
 */
export interface RecordWriter {
  /** Encodes one connection. `source` is reused: read it during the call only. */
  connection(source: ConnectionSource): void;
  /** Encodes the ledger record that closes a flush, then hands on what is buffered. */
  ledger(record: Ledger): void;
  /** Hands on what is buffered, without a ledger record: after each batch of closed connections when the pump runs dry. */
  push(): void;
  /** Bytes encoded and not yet taken by the sink. */
  readonly backlog: number;
}
