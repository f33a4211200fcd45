import { ConntrailError } from '../errors.js';

/** What happens when there is no room: the oldest records go, the newest are not taken, or nothing is taken until there is room. */
export const SPOOL_POLICIES = ['oldest', 'newest', 'block'] as const;
export type SpoolPolicy = (typeof SPOOL_POLICIES)[number];

export interface SpoolOptions {
  policy: SpoolPolicy;
  /** Most bytes of all segments. */
  size: number;
  /** ms after which records expire; Infinity: never. */
  age: number;
  /** A segment is followed by another when a block made it at least this large; at most an eighth of `size`. */
  segmentBytes?: number;
  /** Whether there are output records; true unless said otherwise. */
  accounts?: boolean;
}

/** Below it not even a few segments would fit. */
export const MIN_SPOOL_BYTES = 1 << 20;
const SEGMENT_BYTES = 1 << 22;

/** @throws ConntrailError CONNTRAIL_OPTION */
export function checkedSpoolOptions(options: SpoolOptions): Required<SpoolOptions> {
  const { size, age, segmentBytes = SEGMENT_BYTES, accounts = true, policy } = options;
  if (!(size >= MIN_SPOOL_BYTES)) {
    throw new ConntrailError('CONNTRAIL_OPTION', `A spool of ${size} bytes is too small: give at least 1MiB.`);
  }
  if (!(age >= 1000))
    throw new ConntrailError('CONNTRAIL_OPTION', `An age of ${age} ms is too little: give at least 1s.`);
  return { policy, size, age, accounts, segmentBytes: Math.min(segmentBytes, Math.floor(size / 8)) };
}
