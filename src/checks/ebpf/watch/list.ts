import type { PlainColumn } from '../../../table/plain-table.js';
import { plainLines } from '../../../table/plain-table.js';
import type { TableLines } from '../../../table/record-table.js';
import type { ListOrder } from './orders.js';

/** What stands before a line: the row that keys are about, and any other. */
const SELECTED = '>';
const OTHER = ' ';

export interface ListRow {
  readonly id: number;
}

/** Rows of one kind on a screen: an order, a row that is selected, and where the page begins. */
export class List<R extends ListRow> {
  readonly #lines: TableLines<R>;
  readonly #orders: readonly ListOrder<R>[];
  #order = 0;
  #reversed = false;
  #rows: readonly R[] = [];
  #selected: R | null = null;
  /** The place of the selected row, so that another one is where a row that went was. */
  #place = 0;
  /** Whether somebody selected it. */
  #moved = false;
  #top = 0;
  #height = 1;

  constructor(columns: readonly PlainColumn<R>[], orders: readonly ListOrder<R>[]) {
    this.#lines = plainLines({ wide: false, colour: false }, columns);
    this.#orders = orders;
  }

  get selected(): R | null {
    return this.#selected;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** By what it is in order. */
  get order(): string {
    return `${this.#orders[this.#order]!.title}${this.#reversed ? ', reversed' : ''}`;
  }

  /** Other rows; the one that was selected is so still, if it is among them. */
  show(rows: readonly R[]): void {
    this.#rows = this.#orders[this.#order]!.sort(rows, this.#reversed);
    const id = this.#selected?.id;
    const place = id === undefined ? -1 : this.#rows.findIndex((row) => row.id === id);
    // Until somebody moves, it is the first one, whichever that is.
    this.#select(this.#moved && place >= 0 ? place : this.#place);
  }

  /** Further orders, one by one. */
  reorder(by: number): void {
    this.#order = (this.#order + by + this.#orders.length) % this.#orders.length;
    this.#reversed = false;
    this.show(this.#rows);
  }

  reverse(): void {
    this.#reversed = !this.#reversed;
    this.show(this.#rows);
  }

  /** Selects another row. @param by lines, or pages */
  move(by: number, unit: 'lines' | 'pages' = 'lines'): void {
    this.#select(this.#place + (unit === 'pages' ? by * this.#height : by));
    this.#moved = this.#place > 0;
  }

  /** The selected row stays so, wherever it comes to stand. */
  hold(): void {
    this.#moved = true;
  }

  /** The header, and a page of rows. */
  lines(columns: number, rows: number): { header: string; body: string[]; selected: number } {
    this.#height = Math.max(1, rows);
    this.#top = Math.max(Math.min(this.#top, this.#place), this.#place - this.#height + 1);
    this.#top = Math.max(0, Math.min(this.#top, this.#rows.length - this.#height));
    this.#lines.fit(Math.max(2, columns - 1));
    const page = this.#rows.slice(this.#top, this.#top + rows);
    return {
      header: OTHER + this.#lines.header().trimEnd(),
      body: page.map((row) => (row === this.#selected ? SELECTED : OTHER) + this.#lines.line(row).trimEnd()),
      selected: this.#place - this.#top,
    };
  }

  #select(place: number): void {
    this.#place = Math.max(0, Math.min(place, this.#rows.length - 1));
    this.#selected = this.#rows[this.#place] ?? null;
  }
}
