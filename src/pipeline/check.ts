import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { OpenReadingScreen, OpenReadingTable } from '../table/reading-view.js';

/** How a feature runs alone: `conntrail check NAME`. */
export interface FeatureCheck {
  /** When it reads what there is, again and again. Absent: it is told of what happens. */
  readonly interval?: {
    /** Option of the feature: time between two readings, ms. `--interval` sets it. */
    readonly option: string;
    /** What a check takes unless it is told otherwise, ms. */
    readonly ms: number;
  };
  /** When a few readings are the answer; absent: it is followed until it is told to stop. */
  readonly answer?: ReadingAnswer;
  /** How a reading looks in a table; absent: its records are lines, by `tables`. */
  table?(): Promise<OpenReadingTable>;
  /** Its live view (`--watch`); absent: it has none. */
  screen?(): Promise<OpenReadingScreen>;
}

/** A check that ends by itself. */
export interface ReadingAnswer {
  /** How many readings it takes, `interval` apart. */
  readonly readings: number;
  /** A record of this type ends a reading, if `ends` says so; it is there whatever else an output takes. */
  readonly type: RecordType<never>;
  ends(source: RecordSource): boolean;
}
