import type { RecordSource, RecordType } from '../encoding/record-type.js';
import { type Column, type PlacedColumn, widthOf } from './column.js';
import { ColumnLines } from './column-lines.js';
import type { RecordTable, TableLines, TableStyle } from './record-table.js';
import { ellipsizeEnd, ellipsizeMiddle } from './text.js';

/** A column of a table that needs no layout of its own. */
export interface PlainColumn<S> {
  title: string;
  text(source: S): string;
  /** Terminal columns it needs, and those beyond which more would be empty. */
  least: number;
  most: number;
  right?: boolean;
  /** Where a text that does not fit is cut; its end unless said otherwise. */
  cut?: 'middle' | 'end';
}

/**
 * A table of columns from left to right, the ones that matter most first: what does not fit is left out from the right, what room is left goes
 * to the columns from the left.
 */
export function plainTable<S extends RecordSource>(
  type: RecordType<S>,
  columns: readonly PlainColumn<S>[],
): RecordTable<S> {
  return { type, open: (style) => plainLines(style, columns) };
}

/** The lines of such a table, of whatever its columns show. */
export function plainLines<S>(style: TableStyle, columns: readonly PlainColumn<S>[]): TableLines<S> {
  const all = columns.map((column) => ({ column: columnOf(column), plain: column }));
  const layout = (width: number | null): PlacedColumn<S>[] => {
    if (width === null) return all.map(({ column, plain }) => ({ column, width: plain.most }));
    const placed: PlacedColumn<S>[] = [];
    for (const { column, plain } of all) {
      const next = { column, width: plain.least };
      if (placed.length > 0 && widthOf([...placed, next]) > width) break;
      placed.push(next);
    }
    for (const [i, each] of placed.entries()) {
      const spare = Math.max(0, width - widthOf(placed));
      each.width = Math.max(each.width, Math.min(all[i]!.plain.most, each.width + spare));
    }
    return placed;
  };
  return new ColumnLines(style, layout, (source: S) => source);
}

function columnOf<S>({ title, text, right = false, cut = 'end' }: PlainColumn<S>): Column<S> {
  const shorten = cut === 'middle' ? ellipsizeMiddle : ellipsizeEnd;
  return {
    title: (width) => title.slice(0, width),
    right: () => right,
    text: (source, width) => shorten(text(source), width),
  };
}
