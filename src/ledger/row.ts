/**
 * What the pipeline counted of one feature since the start, in the feature's units; its stage counts in place. Whatever a stage took in is
 * in exactly one of the others once the frame has been worked through: given to each client, or here.
 */
export class Row {
  /** Arrived in frames, as their sources said (`fresh`). */
  enqueued = 0;
  /** Left out because nobody asked for them. */
  filtered = 0;
  /** Made by conntrail's own self-test, this tracer's or another's: nobody's traffic. */
  selfTest = 0;
  /** Made by a canary of conntrail's, this tracer's or another's: nobody's traffic. */
  canary = 0;
  /** Told as part of a record that carries no units, such as a statistic. */
  merged = 0;
  /** Held by the stage: a query that waits for its answer. */
  resident = 0;
  /** Not told, by cause: indices of the feature's `discards`. */
  readonly discarded: Float64Array;
  /** Frames of no kind that the feature has, or whose payload is not what their kind says, in frames. */
  invalidFrames = 0;
  /** Frames that found a source of facts behind, and what they held: no join could be certain. */
  unordered = 0;

  /** @param causes how many the feature has to discard a unit */
  constructor(causes: number) {
    this.discarded = new Float64Array(causes);
  }

  discard(cause: number, units: number): void {
    this.discarded[cause]! += units;
  }

  /** A frame that is not what its kind says, and its units: every feature's first cause. */
  discardFrame(units: number): void {
    this.invalidFrames++;
    this.discard(0, units);
  }
}
