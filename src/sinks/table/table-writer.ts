import type { ConnectionSource } from '../../avro/connection-source.js';
import type { Ledger } from '../../avro/generated/ledger.js';
import { CONN, STATE } from '../../kernel/layout.gen.js';
import type { RecordWriter } from '../../pipeline/record-writer.js';
import type { ByteSink } from '../byte-sink.js';
import { RecordMarks } from '../record-marks.js';
import { type Column, type Emphasis, NARROW, WIDE } from './columns.js';
import { Row } from './row.js';
import { pad } from './text.js';

/** SGR codes: red for what failed, dim for what goes on. */
const COLOURS: Readonly<Record<Exclude<Emphasis, null>, string>> = { failure: '\x1b[31m', open: '\x1b[2m' };
const RESET = '\x1b[0m';

export interface TableOptions {
  /** Every column in full, addresses never cut; else 79 columns. */
  wide: boolean;
  colour: boolean;
}

/** Connections as lines for people: one header, then one line each. The ledger is not shown; the command sums it up at the end. */
export class TableWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #columns: readonly Column[];
  readonly #colour: boolean;
  readonly #row = new Row();
  readonly #marks = new RecordMarks();
  #text: string;
  /** Bytes of `#text` as UTF-8. */
  #bytes: number;

  constructor(sink: ByteSink, options: TableOptions) {
    this.#sink = sink;
    this.#columns = options.wide ? WIDE : NARROW;
    this.#colour = options.colour;
    this.#text = line(this.#columns.map(({ title, width, right }) => pad(title, width, right === true)));
    this.#bytes = Buffer.byteLength(this.#text);
    sink.attach({ ledger: () => null, output: () => null });
  }

  get backlog(): number {
    return this.#bytes + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    const row = this.#row.read(source);
    const text = line(this.#columns.map((column) => this.#cell(column, row)));
    this.#text += text;
    this.#bytes += Buffer.byteLength(text);
    this.#marks.add(this.#bytes, row.u8(CONN.state) === STATE.closed);
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

  #cell(column: Column, row: Row): string {
    const text = pad(column.text(row), column.width, column.right === true);
    const emphasis = this.#colour ? (column.emphasis?.(row) ?? null) : null;
    return emphasis === null ? text : COLOURS[emphasis] + text + RESET;
  }
}

function line(cells: readonly string[]): string {
  return `${cells.join(' ').trimEnd()}\n`;
}
