/** What the compliance suite needs to know of a feature's frames: one file per feature, `NAME.ts` with dashes for underscores, exports it as `frames`. */

export interface TestPayload {
  payload: Uint8Array;
  /** Units of the feature that it brings. */
  fresh: number;
}

export interface FeatureFrames {
  /** Options it runs with, and what a recording's header tells of them. Small ones: a flood must reach every bound. */
  readonly options: object;
  readonly recorded: Record<string, unknown>;
  /** Its kinds, in the order in which they come. */
  readonly order: readonly number[];
  /** A sound frame of this kind about fact `n`: another `n`, another fact. */
  frame(kind: number, n: number): TestPayload;
  /** Frames of facts that are held as long as there is room, told by the first of its record types: of which kind, and how to make one about another fact, in place. */
  readonly flood: { readonly kind: number; renew(payload: DataView, n: number): void };
  /** Live state: counters of the stage's statistics, and the most that each may ever be with these options. */
  readonly most: Readonly<Record<string, number>>;
}
