import type { RecordSource, RecordType } from '../encoding/record-type.js';

export interface TableStyle {
  /** Every column in full, addresses never cut; else as much as fits. */
  wide: boolean;
  colour: boolean;
  /** Names instead of addresses, where they are known. */
  names?: boolean;
}

/** How records of one type look in a table. */
export interface RecordTable<S extends RecordSource = never> {
  readonly type: RecordType<S>;
  open(style: TableStyle): TableLines<S>;
}

/** Lines of records of one type, below each other. */
export interface TableLines<S> {
  /** Lays the columns out for so many terminal columns; returns whether they are others than before. */
  fit(columns: number): boolean;
  /** Terminal columns of a line. */
  readonly width: number;
  /** The titles, as a line. */
  header(): string;
  line(source: S): string;
}
