import type { ConnectionSource } from '../../avro/connection-source.js';
import type { Ledger } from '../../avro/generated/ledger.js';
import { CONN, STATE } from '../../kernel/layout.gen.js';
import type { RecordWriter } from '../../pipeline/record-writer.js';
import type { ByteSink } from '../byte-sink.js';
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
  readonly #encoder = new TextEncoder();
  #text: string;
  #connections = 0;

  constructor(sink: ByteSink, options: TableOptions) {
    this.#sink = sink;
    this.#columns = options.wide ? WIDE : NARROW;
    this.#colour = options.colour;
    this.#text = line(this.#columns.map(({ title, width, right }) => pad(title, width, right === true)));
  }

  get backlog(): number {
    return this.#text.length + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    const row = this.#row.read(source);
    this.#text += line(this.#columns.map((column) => this.#cell(column, row)));
    if (row.u8(CONN.state) === STATE.closed) this.#connections++;
  }

  ledger(_record: Ledger): void {
    this.push();
  }

  push(): void {
    if (this.#text === '') return;
    this.#sink.write(this.#encoder.encode(this.#text), this.#connections);
    this.#text = '';
    this.#connections = 0;
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
