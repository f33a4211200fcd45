import type { Fragments } from '../encoding/fragments.js';

/**
 * A feature's answer for the records of another: pure, per batch, without allocation. Which features come first in FEATURES decides who
 * can join onto whom; neither imports the other.
 */
export interface Join {
  /** Record and field that it fills: `connection`, `remote.names`. */
  readonly record: string;
  readonly field: string;
  /** What a handle stands for, encoded once. */
  readonly fragments: Fragments;
  /**
   * Looks up `count` records that lie `stride` bytes apart from byte `base` on, and writes a handle and a value for each; 0 = not known.
   */
  resolve(u8: Uint8Array, u32: Uint32Array, base: number, stride: number, count: number, into: JoinColumn): void;
  /** Whatever is kept for the record at byte `base` is needed no more: its end was told before. Absent: nothing is kept. */
  release?(u32: Uint32Array, base: number): void;
}

/** Answers for the records of one batch, by their place in it. */
export interface JoinColumn {
  readonly handles: Uint32Array;
  /** Age or score of the answer, in the feature's own unit. */
  readonly values: Float64Array;
}

/** A join that is on, with its answers for the batch at hand. */
export interface ResolvedJoin {
  readonly join: Join;
  readonly column: JoinColumn;
}

/** Room for the answers of a join, for batches of at most `records`. */
export function resolvedJoin(join: Join, records: number): ResolvedJoin {
  return { join, column: { handles: new Uint32Array(records), values: new Float64Array(records) } };
}
