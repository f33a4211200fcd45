/** A kind of frame that a feature takes: its number and what its payload may be, checked once, by the router. */
export interface FrameKind {
  /** feature << 8 | n. */
  readonly kind: number;
  /** `batch`: for statistics and messages. */
  readonly name: string;
  /** Bytes of its payload, at least and at most. */
  readonly least: number;
  readonly most: number;
  /** Units of its feature that it can bring at most (`fresh`). */
  readonly units: number;
  /** Whether it waits for facts where records of its feature take joins; default true. False: no record is made of it. */
  readonly joined?: false;
}

/** The feature whose kind it is: enum ct_feature. */
export function featureOf(kind: number): number {
  return kind >>> 8;
}
