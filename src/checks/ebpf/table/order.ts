/**
 * Rows in order.
 * @module
 */

interface Row {
  readonly id: number;
}

/** By a figure, the largest first, or last; what is not known is at the end. Equal ones by id. */
export function byFigure<R extends Row>(rows: readonly R[], figure: (row: R) => number | null, reversed = false): R[] {
  return sorted(rows, figure, (a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return reversed ? a - b : b - a;
  });
}

/** By a text, equal ones by id. */
export function byText<R extends Row>(rows: readonly R[], text: (row: R) => string, reversed = false): R[] {
  return sorted(rows, text, (a, b) => (a === b ? 0 : a < b === reversed ? 1 : -1));
}

/** Each row's key is made once: texts are decoded. */
function sorted<R extends Row, K>(rows: readonly R[], key: (row: R) => K, compare: (a: K, b: K) => number): R[] {
  const keyed = rows.map((row) => ({ row, key: key(row) }));
  keyed.sort((a, b) => compare(a.key, b.key) || a.row.id - b.row.id);
  return keyed.map(({ row }) => row);
}
