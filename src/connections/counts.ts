/** What the stage of connections counts beside its ledger row, since the start: closed connections, unless it says otherwise. */
export class ConnectionCounts {
  /** Told to every client. */
  kept = 0;
  /** Repeated in frames, as their readers said: partial batches read again. */
  duplicate = 0;
  /** Said to be known by a reader, but no frame brought them: those the ring dropped. */
  missed = 0;
  /** Rows of snapshots, in rows. */
  rows = 0;
}

/** Why a connection is discarded, in the order of Row.discarded. */
export const DISCARD = {
  /** Its frame was not what its kind says. */
  invalidFrame: 0,
  unknownCpu: 1,
  /** Its reader called it new, and an earlier frame had brought it. */
  seenBefore: 2,
  repeated: 3,
  impossible: 4,
} as const;

export const DISCARDS = ['invalid_frame', 'unknown_cpu', 'seen_before', 'repeated', 'impossible'] as const;
