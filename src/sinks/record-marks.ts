import type { Chunk } from './byte-sink.js';
import { noCounts, type OutputCounts } from './output-account.js';

/** Where the records of a chunk in the making end. */
export class RecordMarks {
  readonly #ends: number[] = [];
  #closed = 0;

  /** A record ends at `end`. */
  add(end: number, closed: boolean): void {
    this.#ends.push(end * 2 + (closed ? 1 : 0));
    if (closed) this.#closed++;
  }

  /** The chunk of these records; the next one begins empty. */
  take(bytes: Uint8Array): Chunk {
    const ends = this.#ends.slice();
    const counts = { connections: this.#closed, records: ends.length, ledgers: 0 };
    this.#ends.length = 0;
    this.#closed = 0;
    return { bytes, counts, ends };
  }
}

/** Of a chunk whose first `written` bytes are in the output: the records that are whole there, and how many bytes they take. */
export function wholeRecords({ bytes, counts, ends }: Chunk, written: number): { counts: OutputCounts; bytes: number } {
  if (written >= bytes.byteLength) return { counts, bytes: bytes.byteLength };
  const whole = noCounts();
  let length = 0;
  for (const mark of ends ?? []) {
    const end = Math.floor(mark / 2);
    if (end > written) break;
    length = end;
    whole.records++;
    whole.connections += mark % 2;
  }
  return { counts: whole, bytes: length };
}
