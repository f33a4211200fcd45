import { BLOCK_HEAD_BYTES, type BlockHead, RECORD_HEAD_BYTES } from './segment-format.js';
import type { SpoolType, TypeTable } from './type-table.js';

/** Records of consecutive seqs, as a reader is given them. */
export class SpoolBlock {
  /** seq of record 0. */
  readonly first: number;
  readonly count: number;
  /** When they were handed to the spool, ms since 1970. */
  readonly time: number;
  readonly #bytes: Uint8Array;
  readonly #types: readonly SpoolType[];
  /** Where the head of each record stands. */
  readonly #places: Uint32Array;

  private constructor(
    first: number,
    time: number,
    bytes: Uint8Array,
    types: readonly SpoolType[],
    places: Uint32Array,
  ) {
    this.first = first;
    this.count = places.length;
    this.time = time;
    this.#bytes = bytes;
    this.#types = types;
    this.#places = places;
  }

  /**
   * The block whose head stands at `at`; null when its records do not fill it, or are of no type of the table.
   * @param from seqs below are left out
   */
  static parse(bytes: Uint8Array, at: number, head: BlockHead, table: TypeTable, from = 0): SpoolBlock | null {
    const end = at + BLOCK_HEAD_BYTES + head.length;
    const places = new Uint32Array(head.count);
    let next = at + BLOCK_HEAD_BYTES;
    for (let i = 0; i < head.count; i++) {
      if (next + RECORD_HEAD_BYTES > end || bytes[next]! >= table.types.length) return null;
      places[i] = next;
      next += RECORD_HEAD_BYTES + lengthAt(bytes, next);
    }
    if (next !== end) return null;
    const skipped = Math.max(0, from - head.first);
    return new SpoolBlock(head.first + skipped, head.time, bytes, table.types, places.subarray(skipped));
  }

  /** What record `i` is. */
  type(i: number): SpoolType {
    return this.#types[this.#bytes[this.#places[i]!]!]!;
  }

  /** How many units of its feature's ledger row it stands for. */
  units(i: number): number {
    const at = this.#places[i]! + 4;
    const b = this.#bytes;
    return (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
  }

  /** Its Avro bytes, by the schema of its type. They are a view: whoever keeps them copies them. */
  bytes(i: number): Uint8Array {
    const at = this.#places[i]!;
    return this.#bytes.subarray(at + RECORD_HEAD_BYTES, at + RECORD_HEAD_BYTES + lengthAt(this.#bytes, at));
  }
}

function lengthAt(b: Uint8Array, at: number): number {
  return b[at + 1]! | (b[at + 2]! << 8) | (b[at + 3]! << 16);
}
