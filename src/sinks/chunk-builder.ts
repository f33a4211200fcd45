import type { Chunk } from './byte-sink.js';
import { SeriesCounts } from './series-counts.js';

/** Chunks are handed on at about this size, or when the pump pauses. */
const CHUNK_BYTES = 1 << 16;

const encoder = new TextEncoder();

/**
 * A chunk in the making, of records that are readable one by one. Whoever encodes writes straight into `bytes` at `end`, after `reserve`
 * was told the most that it may write, then says with `ended` what stands there.
 */
export class ChunkBuilder {
  bytes: Uint8Array;
  end = 0;
  #ends: number[] = [];
  #types: number[] = [];
  #units: number[] = [];
  #counts = new SeriesCounts();

  constructor() {
    this.bytes = new Uint8Array(CHUNK_BYTES);
  }

  /** Makes room for records of at most `most` bytes, however full the chunk is. */
  reserve(most: number): void {
    if (this.bytes.length < CHUNK_BYTES + most) this.#resize(CHUNK_BYTES + most);
  }

  /** A record of a type ends at `end`. */
  ended(type: number, units: number): void {
    this.#ends.push(this.end);
    this.#types.push(type);
    this.#units.push(units);
    this.#counts.note(type, 1, units);
  }

  /** Appends text that is no record: a header. */
  text(text: string): void {
    const bytes = encoder.encode(text);
    if (this.bytes.length < this.end + bytes.length) this.#resize(2 * (this.end + bytes.length));
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Whether it is large enough to be handed on. */
  get full(): boolean {
    return this.end >= CHUNK_BYTES;
  }

  /** The chunk so far; null when there is nothing in it. Records without bytes of their own are something. */
  take(): Chunk | null {
    if (this.end === 0 && this.#ends.length === 0) return null;
    const marks = { ends: this.#ends, types: this.#types, units: this.#units };
    const chunk = { bytes: this.bytes.slice(0, this.end), counts: this.#counts, marks };
    this.end = 0;
    this.#ends = [];
    this.#types = [];
    this.#units = [];
    this.#counts = new SeriesCounts();
    return chunk;
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.bytes.subarray(0, this.end));
    this.bytes = bytes;
  }
}
