import { type Emphasis, type PlacedColumn, widthOf } from './column.js';
import type { TableLines, TableStyle } from './record-table.js';
import { pad } from './text.js';

/** SGR codes: red for what failed, dim for what goes on. */
const COLOURS: Readonly<Record<Exclude<Emphasis, null>, string>> = { failure: '\x1b[31m', open: '\x1b[2m' };
const RESET = '\x1b[0m';

/** Lines of columns, each row read from a source. */
export class ColumnLines<S, R> implements TableLines<S> {
  readonly #style: TableStyle;
  readonly #layout: (width: number | null) => readonly PlacedColumn<R>[];
  readonly #row: (source: S) => R;
  #columns: readonly PlacedColumn<R>[] = [];
  #fitted = 0;
  width = 0;

  /**
   * @param layout the columns that fit into so many terminal columns; null: all, in full
   * @param row what the columns show of a source; called once for each line
   */
  constructor(style: TableStyle, layout: (width: number | null) => readonly PlacedColumn<R>[], row: (source: S) => R) {
    this.#style = style;
    this.#layout = layout;
    this.#row = row;
  }

  fit(columns: number): boolean {
    const { wide } = this.#style;
    if (columns === this.#fitted || (wide && this.#columns.length > 0)) return false;
    this.#fitted = columns;
    // One column stays free: some terminals begin a line when the last one is taken.
    this.#columns = this.#layout(wide ? null : columns - 1);
    this.width = widthOf(this.#columns);
    return true;
  }

  header(): string {
    return joined(
      this.#columns.map(({ column, width }) => pad(column.title(width), width, column.right?.(width) === true)),
    );
  }

  line(source: S): string {
    const row = this.#row(source);
    return joined(this.#columns.map((placed) => this.#cell(placed, row)));
  }

  #cell({ column, width }: PlacedColumn<R>, row: R): string {
    const text = pad(column.text(row, width), width, column.right?.(width) === true);
    const emphasis = this.#style.colour ? (column.emphasis?.(row) ?? null) : null;
    return emphasis === null ? text : COLOURS[emphasis] + text + RESET;
  }
}

function joined(cells: readonly string[]): string {
  return `${cells.join(' ').trimEnd()}\n`;
}
