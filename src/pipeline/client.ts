import type { RecordWriter } from './record-writer.js';

/**
 * Whoever takes records: a sink, or a subscriber of the library. Each has its own deltas and its own running number.
 */
export interface Client {
  /** For statistics; need not be unique. */
  readonly name: string;
  readonly writer: RecordWriter;
}

/** Most clients of one pipeline: each costs 48 bytes per tracked connection. */
export const MAX_CLIENTS = 8;
