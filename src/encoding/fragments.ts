/** Encoded bytes in somebody's memory: from `start` to `end`. */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Values that many records share, each encoded once, under small numbers (handles): the encoder of a record copies bytes. Handle 0 stands
 * for none. A slice is valid during the call only.
 */
export interface Fragments {
  /** The value as Avro binary, without the branch of the union it stands in. */
  avro(handle: number): Slice;
  /** The value as JSON. */
  json(handle: number): Slice;
  /** What the value says to filters and tables, the first of it first; the same array for as long as the handle is held. Absent: it has no text. */
  texts?(handle: number): readonly string[];
}

/** What stands in the place of a slice where nothing was joined. */
export const NO_SLICE: Slice = { bytes: new Uint8Array(0), start: 0, end: 0 };
