import type { ConnectionSource } from '../connections/connection-source.js';
import { MAX_CONNECTION_JSON_BYTES, writeConnectionJson } from '../connections/generated/connection-json.js';
import { CONN, STATE } from '../frames/layout.gen.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';
import { ledgerLine, outputLine } from './ndjson-writer.js';
import { RecordMarks } from './record-marks.js';

const CHUNK_BYTES = 1 << 16;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const SPACE = 0x20;

/** One JSON array of all records, one record a line; a document only after `end`. */
export class JsonArrayWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #out = new Uint8Array(CHUNK_BYTES + 2 + MAX_CONNECTION_JSON_BYTES);
  readonly #marks = new RecordMarks();
  #end = 0;
  #begun = false;

  constructor(sink: ByteSink) {
    this.#sink = sink;
    sink.attach({
      ledger: (record) => separated(ledgerLine(record)),
      output: (record) => separated(outputLine(record)),
      // Whatever is the first to be written begins the array: chunks may be refused.
      place: (bytes) => {
        if (!this.#begun) bytes[0] = OPEN;
        this.#begun = true;
      },
    });
  }

  get backlog(): number {
    return this.#end + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    this.#out[this.#end++] = COMMA;
    this.#out[this.#end++] = NEWLINE;
    this.#end = writeConnectionJson(this.#out, this.#end, source) - 1;
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

  /** Closes the array. */
  end(): void {
    this.push();
    this.#sink.frame(Uint8Array.of(SPACE, NEWLINE, CLOSE, NEWLINE));
  }
}

/** `,` and a new line, then the record without its own end of line. */
function separated(line: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(line.byteLength + 1);
  bytes[0] = COMMA;
  bytes[1] = NEWLINE;
  bytes.set(line.subarray(0, -1), 2);
  return bytes;
}
