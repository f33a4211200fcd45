import type { ConnectionSource } from '../connections/connection-source.js';
import { MAX_CONNECTION_JSON_BYTES, writeConnectionJson } from '../connections/generated/connection-json.js';
import { CONN, STATE } from '../frames/layout.gen.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { MAX_LEDGER_JSON_BYTES, writeLedgerJson } from '../ledger/generated/ledger-encoder.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';
import type { Output as OutputRecord } from './generated/output.js';
import { MAX_OUTPUT_JSON_BYTES, writeOutputJson } from './generated/output-encoder.js';
import { RecordMarks } from './record-marks.js';

/** Lines are handed on in chunks of about this size, or when the pump pauses. */
const CHUNK_BYTES = 1 << 16;

/** Every record as one line of JSON, with the names and values of the Avro schemas and `"record"` in front. */
export class NdjsonWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #out = new Uint8Array(CHUNK_BYTES + MAX_CONNECTION_JSON_BYTES);
  readonly #marks = new RecordMarks();
  #end = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
    sink.attach({ ledger: ledgerLine, output: outputLine });
  }

  get backlog(): number {
    return this.#end + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    this.#end = writeConnectionJson(this.#out, this.#end, source);
    this.#marks.add(this.#end, source.u8[source.base + CONN.state] === STATE.closed);
    if (this.#end >= CHUNK_BYTES) this.push();
  }

  ledger(record: Ledger): void {
    this.push();
    this.#sink.ledger(record);
  }

  push(): void {
    if (this.#end === 0) return;
    this.#sink.write(this.#marks.take(this.#out.slice(0, this.#end)));
    this.#end = 0;
  }
}

/** The record as one line. */
export function ledgerLine(record: Ledger): Uint8Array {
  const out = new Uint8Array(MAX_LEDGER_JSON_BYTES);
  return out.subarray(0, writeLedgerJson(out, 0, record));
}

/** The record as one line. */
export function outputLine(record: OutputRecord): Uint8Array {
  const out = new Uint8Array(MAX_OUTPUT_JSON_BYTES);
  return out.subarray(0, writeOutputJson(out, 0, record));
}
