import type { ConnectionSource } from '../avro/connection-source.js';
import { MAX_CONNECTION_JSON_BYTES, writeConnectionJson } from '../avro/generated/connection-json.js';
import type { Ledger } from '../avro/generated/ledger.js';
import { MAX_LEDGER_JSON_BYTES, writeLedgerJson } from '../avro/generated/ledger-encoder.js';
import { CONN, STATE } from '../kernel/layout.gen.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';

/** Lines are handed on in chunks of about this size, or when the pump pauses. */
const CHUNK_BYTES = 1 << 16;

/** Every record as one line of JSON, with the names and values of the Avro schemas and `"record"` in front. */
export class NdjsonWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #out = new Uint8Array(CHUNK_BYTES + Math.max(MAX_CONNECTION_JSON_BYTES, MAX_LEDGER_JSON_BYTES));
  #end = 0;
  #connections = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get backlog(): number {
    return this.#end + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    this.#end = writeConnectionJson(this.#out, this.#end, source);
    if (source.u8[source.base + CONN.state] === STATE.closed) this.#connections++;
    if (this.#end >= CHUNK_BYTES) this.push();
  }

  ledger(record: Ledger): void {
    this.#end = writeLedgerJson(this.#out, this.#end, record);
    this.push();
  }

  push(): void {
    if (this.#end === 0) return;
    this.#sink.write(this.#out.slice(0, this.#end), this.#connections);
    this.#end = 0;
    this.#connections = 0;
  }
}
