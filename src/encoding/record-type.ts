/** Whatever a record is encoded from: one object per client and type, reused for all of its records. */
export interface RecordSource {
  /** Running number of the record in its series of this output, from 1; set by the port just before it is encoded. */
  seq: number;
}

/**
 * One kind of record that leaves: its schema and its encoders. Generated from schemas/NAME.avsc and, where it is not encoded from a plain
 * object, schemas/NAME.map.mjs.
 */
export interface RecordType<S extends RecordSource = never> {
  /** `connection`: series in an output directory, `"record"` in NDJSON. */
  readonly name: string;
  /** `conntrail.Connection`: name of the schema. */
  readonly fullName: string;
  /** Place among all record types: branch of the union that a stream's schema is. */
  readonly index: number;
  /** The Avro schema, JSON text. */
  readonly schema: string;
  /** Most bytes that `encode` and `json` write or overwrite from `pos` on. */
  readonly most: number;
  readonly mostJson: number;
  /** Writes the record as Avro binary at `pos`; returns the position behind it. */
  encode(out: Uint8Array, pos: number, source: S): number;
  /** Writes the record as one line of NDJSON, `"record"` first and its new line last; returns the position behind it. */
  json(out: Uint8Array, pos: number, source: S): number;
  /** How many units of its feature's ledger row a decoded record stands for: what `write` was told when it was made. */
  unitsOf(record: object): number;
  /** What a decoded record says twice and not alike, as a sentence; null when it agrees with itself. */
  disagreement(record: object): string | null;
}
