/** What a cell says beyond its text; the only reason for a colour. */
export type Emphasis = 'failure' | 'open' | null;

/** One column: its title, and what it shows of a row in so many terminal columns. */
export interface Column<R> {
  title(width: number): string;
  right?(width: number): boolean;
  text(row: R, width: number): string;
  emphasis?(row: R): Emphasis;
}

/** A column as it stands in a table. */
export interface PlacedColumn<R> {
  column: Column<R>;
  width: number;
}

/** Terminal columns of a line, a space between any two of its columns. */
export function widthOf(columns: readonly { width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, columns.length - 1);
}
