import type { ConnectionSource } from '../avro/connection-source.js';
import { MAX_CONNECTION_JSON_BYTES, writeConnectionJson } from '../avro/generated/connection-json.js';
import type { Ledger } from '../avro/generated/ledger.js';
import { MAX_LEDGER_JSON_BYTES, writeLedgerJson } from '../avro/generated/ledger-encoder.js';
import { CONN, STATE } from '../kernel/layout.gen.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';

const CHUNK_BYTES = 1 << 16;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** One JSON array of all records, one record a line; a document only after `end`. */
export class JsonArrayWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #out = new Uint8Array(CHUNK_BYTES + 2 + Math.max(MAX_CONNECTION_JSON_BYTES, MAX_LEDGER_JSON_BYTES));
  #end = 0;
  #connections = 0;
  #first = true;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get backlog(): number {
    return this.#end + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    this.#separate();
    this.#end = writeConnectionJson(this.#out, this.#end, source) - 1;
    if (source.u8[source.base + CONN.state] === STATE.closed) this.#connections++;
    if (this.#end >= CHUNK_BYTES) this.push();
  }

  ledger(record: Ledger): void {
    this.#separate();
    this.#end = writeLedgerJson(this.#out, this.#end, record) - 1;
    this.push();
  }

  push(): void {
    if (this.#end === 0) return;
    this.#sink.write(this.#out.slice(0, this.#end), this.#connections);
    this.#end = 0;
    this.#connections = 0;
  }

  /** Closes the array. */
  end(): void {
    if (this.#first) this.#out[this.#end++] = OPEN;
    this.#out[this.#end++] = NEWLINE;
    this.#out[this.#end++] = CLOSE;
    this.#out[this.#end++] = NEWLINE;
    this.push();
  }

  /** `[` or `,` and a new line; the record's own end of line is left out. */
  #separate(): void {
    this.#out[this.#end++] = this.#first ? OPEN : COMMA;
    this.#out[this.#end++] = NEWLINE;
    this.#first = false;
  }
}
