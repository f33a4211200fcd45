import { SeriesCounts } from '../sinks/series-counts.js';
import { BLOCK_HEAD_BYTES, RECORD_HEAD_BYTES, sealBlock } from './segment-format.js';

/** A block is closed when the next record would make it larger; one that is larger by itself has a block of its own. */
const BLOCK_BYTES = 1 << 16;
/** Buffers that are kept for further blocks. */
const POOLED = 16;

/** Records on their way into a segment. */
export interface PendingBlock {
  /** Room for the head, then the records. */
  readonly buffer: Uint8Array;
  /** Behind the last record. */
  readonly end: number;
  readonly count: number;
  readonly counts: SeriesCounts;
  /** When it was handed over, ms since 1970. */
  readonly time: number;
  /** How often a disk failed to keep it. */
  failures: number;
}

/** Collects encoded records. Encoders write at `end + RECORD_HEAD_BYTES` of `bytes`, then `ended` says how far. */
export class BlockBuilder {
  bytes: Uint8Array = new Uint8Array(BLOCK_HEAD_BYTES + BLOCK_BYTES);
  end = BLOCK_HEAD_BYTES;
  count = 0;
  #counts = new SeriesCounts();
  readonly #pool: Uint8Array[] = [];

  /** Bytes of the records so far. */
  get size(): number {
    return this.end - BLOCK_HEAD_BYTES;
  }

  /** Whether a record of at most `most` bytes fits; into an empty block each does. */
  fits(most: number): boolean {
    const need = this.end + RECORD_HEAD_BYTES + most;
    if (need <= this.bytes.length) return true;
    if (this.count > 0) return false;
    this.bytes = new Uint8Array(need);
    return true;
  }

  /** A record of a type was written up to `end`. */
  ended(type: number, end: number, units: number): void {
    const at = this.end;
    const length = end - at - RECORD_HEAD_BYTES;
    const b = this.bytes;
    b[at] = type;
    b[at + 1] = length;
    b[at + 2] = length >>> 8;
    b[at + 3] = length >>> 16;
    b[at + 4] = units;
    b[at + 5] = units >>> 8;
    b[at + 6] = units >>> 16;
    b[at + 7] = units >>> 24;
    this.end = end;
    this.count++;
    this.#counts.note(type, 1, units);
  }

  /** The block so far; null when there is nothing in it. */
  take(time: number): PendingBlock | null {
    if (this.count === 0) return null;
    const block = { buffer: this.bytes, end: this.end, count: this.count, counts: this.#counts, time, failures: 0 };
    this.bytes = this.#pool.pop() ?? new Uint8Array(BLOCK_HEAD_BYTES + BLOCK_BYTES);
    this.end = BLOCK_HEAD_BYTES;
    this.count = 0;
    this.#counts = new SeriesCounts();
    return block;
  }

  /** Takes back the buffer of a block that nobody looks at any more. */
  recycle({ buffer }: PendingBlock): void {
    if (this.#pool.length < POOLED && buffer.length === BLOCK_HEAD_BYTES + BLOCK_BYTES) this.#pool.push(buffer);
  }
}

/** The bytes of a block at its place in a segment. */
export function sealed(block: PendingBlock, segment: number, first: number, typesCrc: number): Uint8Array {
  const { buffer, end, count, time } = block;
  sealBlock(buffer, end, { count, typesCrc, first, time, segment });
  return buffer.subarray(0, end);
}
