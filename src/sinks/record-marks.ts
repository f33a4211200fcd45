import { SeriesCounts } from './series-counts.js';

/** Where the records of a chunk end, and what each stands for: one number per record in each. */
export interface RecordMarks {
  /** Position behind the record. */
  readonly ends: readonly number[];
  /** Index of its type. */
  readonly types: readonly number[];
  readonly units: readonly number[];
}

/** Of a chunk whose first `written` bytes are in the output: the records that are whole there, and how many bytes they take. */
export function wholeRecords(
  { bytes, counts, marks }: { bytes: Uint8Array; counts: SeriesCounts; marks: RecordMarks | null },
  written: number,
): { counts: SeriesCounts; bytes: number } {
  if (written >= bytes.byteLength) return { counts, bytes: bytes.byteLength };
  const whole = new SeriesCounts();
  let length = 0;
  if (marks !== null) {
    const { ends, types, units } = marks;
    for (let i = 0; i < ends.length && ends[i]! <= written; i++) {
      length = ends[i]!;
      whole.note(types[i]!, 1, units[i]!);
    }
  }
  return { counts: whole, bytes: length };
}
