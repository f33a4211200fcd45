import { widthOf } from './column.js';

/** Widths of columns, by what tells them apart. */
export type Widths<N> = ReadonlyMap<N, number>;

/**
 * The columns that fit into `room` terminal columns: those that no line is without, then as many steps as there is room for; the first that
 * does not fit is the end.
 */
export function fitted<N>(least: Widths<N>, steps: readonly Widths<N>[], room: number): Map<N, number> {
  let widths = new Map(least);
  for (const step of steps) {
    const next = new Map([...widths, ...step]);
    if (totalOf(next) > room) break;
    widths = next;
  }
  return widths;
}

/** Terminal columns of a line of them. */
export function totalOf(widths: Widths<unknown>): number {
  return widthOf([...widths.values()].map((width) => ({ width })));
}
