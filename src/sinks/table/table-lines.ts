import type { ConnectionSource } from '../../connections/connection-source.js';
import type { Emphasis } from './cells.js';
import type { PlacedColumn } from './columns.js';
import { layout, wideLayout, widthOf } from './layout.js';
import { RateMemory } from './rates.js';
import { Row } from './row.js';
import type { TableSize } from './table-size.js';
import { pad } from './text.js';

/** SGR codes: red for what failed, dim for what goes on. */
const COLOURS: Readonly<Record<Exclude<Emphasis, null>, string>> = { failure: '\x1b[31m', open: '\x1b[2m' };
const RESET = '\x1b[0m';

export interface TableOptions {
  /** Every column in full, addresses never cut; else as much as fits. */
  wide: boolean;
  colour: boolean;
  /** The room there is, asked for before each line: a terminal may change. 80 columns by default, of a page without end. */
  size?: () => TableSize;
}

/** The lines of a table: a header, then one for each connection; the header again when it has scrolled away, or the columns change. */
export class TableLines {
  readonly #wide: boolean;
  readonly #colour: boolean;
  readonly #size: () => TableSize;
  readonly #row = new Row();
  readonly #rates = new RateMemory();
  #columns: readonly PlacedColumn[] = [];
  #lineWidth = 0;
  #width = 0;
  /** Lines since the header, which is one of them; 0: it has yet to come. */
  #lines = 0;

  constructor({ wide, colour, size = () => ({ columns: 80, rows: null }) }: TableOptions) {
    this.#wide = wide;
    this.#colour = colour;
    this.#size = size;
  }

  /** The header where it is due before another line, else ''. */
  header(): string {
    const { columns, rows } = this.#size();
    if (columns !== this.#width) {
      this.#width = columns;
      // One column stays free: some terminals begin a line when the last one is taken.
      if (!this.#wide || this.#columns.length === 0) {
        this.#columns = this.#wide ? wideLayout() : layout(columns - 1);
        this.#lineWidth = widthOf(this.#columns);
        this.#lines = 0;
      }
    }
    const height = Math.ceil(this.#lineWidth / columns);
    // The line the cursor is in shows nothing. Where two lines do not fit below the header, it would be most of what is seen.
    const page = rows === null ? 0 : Math.floor((rows - 1) / height);
    if (this.#lines > 0 && (page < 3 || this.#lines < page)) return '';
    this.#lines = 1;
    return line(
      this.#columns.map(({ column, width }) => pad(column.title(width), width, column.right?.(width) === true)),
    );
  }

  /** The line of a connection, behind the header where that is due. */
  connection(source: ConnectionSource): string {
    const header = this.header();
    const row = this.#row.read(source);
    row.rates = this.#rates.note(row, source);
    this.#lines++;
    return header + line(this.#columns.map((placed) => this.#cell(placed, row)));
  }

  #cell({ column, width }: PlacedColumn, row: Row): string {
    const text = pad(column.text(row, width), width, column.right?.(width) === true);
    const emphasis = this.#colour ? (column.emphasis?.(row) ?? null) : null;
    return emphasis === null ? text : COLOURS[emphasis] + text + RESET;
  }
}

function line(cells: readonly string[]): string {
  return `${cells.join(' ').trimEnd()}\n`;
}
