import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { TableStyle } from './record-table.js';
import type { TableSize } from './table-size.js';

/**
 * What a check shows of its readings: it is given the records of a reading, one by one, and makes text of all of them together. It knows no
 * terminal, file or clock. What it shows is the last reading that is whole.
 */
export interface ReadingView {
  /** Where records of this type go; null: they are not shown. `source` is reused: read it during the call only. */
  take<S extends RecordSource>(type: RecordType<S>): ((source: S) => void) | null;
  /** The reading is whole: what was given since the one before is all of it. */
  ended(): void;
}

/** A reading as a table that is printed once. */
export interface ReadingTable extends ReadingView {
  /** Lines, each with its end; '' while no reading is whole. Columns as there is room for them; rows do not count. */
  text(size: TableSize): string;
}

/** Readings on a screen, each in the place of the one before. */
export interface ReadingScreen extends ReadingView {
  /** At most `size.rows` lines, each at most `size.columns` wide, without ends. May be called at any time, before the first reading too. */
  lines(size: TableSize): readonly string[];
  /**
   * A key was pressed: what the terminal sends for it, as `p`, `\r` or `\x1b[A` for an arrow. ^C and ^Z never come here.
   * @returns `drawn`: the lines are others now; `quit`: the run is over; `unknown`: a key without a meaning
   */
  key(key: string): 'drawn' | 'quit' | 'unknown';
}

export type OpenReadingTable = (style: TableStyle) => ReadingTable;
export type OpenReadingScreen = (style: TableStyle) => ReadingScreen;
