import type { ConnectionSource } from '../../connections/connection-source.js';
import { CONN, STATE } from '../../frames/layout.gen.js';
import type { Ledger } from '../../ledger/generated/ledger.js';
import type { RecordWriter } from '../../pipeline/record-writer.js';
import type { ByteSink } from '../byte-sink.js';
import { RecordMarks } from '../record-marks.js';
import { TableLines, type TableOptions } from './table-lines.js';

export type { TableOptions } from './table-lines.js';

/** Connections as lines for people: a header, then one line each. The ledger is not shown; the command sums it up at the end. */
export class TableWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #lines: TableLines;
  readonly #marks = new RecordMarks();
  #text: string;
  /** Bytes of `#text` as UTF-8. */
  #bytes: number;

  constructor(sink: ByteSink, options: TableOptions) {
    this.#sink = sink;
    this.#lines = new TableLines(options);
    this.#text = this.#lines.header();
    this.#bytes = Buffer.byteLength(this.#text);
    sink.attach({ ledger: () => null, output: () => null });
  }

  get backlog(): number {
    return this.#bytes + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    const text = this.#lines.connection(source);
    this.#text += text;
    this.#bytes += Buffer.byteLength(text);
    this.#marks.add(this.#bytes, source.u8[source.base + CONN.state] === STATE.closed);
  }

  ledger(record: Ledger): void {
    this.push();
    this.#sink.ledger(record);
  }

  push(): void {
    if (this.#text === '') return;
    this.#sink.write(this.#marks.take(Buffer.from(this.#text)));
    this.#text = '';
    this.#bytes = 0;
  }
}
