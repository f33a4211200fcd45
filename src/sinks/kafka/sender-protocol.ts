import type { ErrorCode } from '../../errors.js';
import type { KafkaTarget } from './kafka-target.js';

/** All that a sender needs: its first message, never its arguments or environment. Secrets are paths of files, which the sender reads. */
export interface SenderSettings {
  /** Directory of the spool. */
  readonly spool: string;
  /** Whether it waits for records to come; else it ends when everything that is there is settled. */
  readonly follow: boolean;
  readonly target: KafkaTarget;
  /** Name of the host: it says which partition the records go to. */
  readonly host: string;
  /** How often the registry is asked whether it still has our schemas, ms; 60,000 unless it is said. */
  readonly registryCheckMs?: number;
}

/** To the sender. `end`: send what is there for at most so long, then let go of the spool and exit with status 0. A closed channel says the same, with ORPHAN_MS. */
export type SenderOrder =
  | { readonly kind: 'begin'; readonly settings: SenderSettings }
  | { readonly kind: 'end'; readonly withinMs: number };

/** How long a sender goes on when the process that began it is gone, ms. */
export const ORPHAN_MS = 2_000;

/** Record type, records, units. */
export type OutcomeCounts = readonly (readonly [record: string, records: number, units: number])[];

/**
 * `waiting`: for another sender to let go of the spool; `connecting`: nothing can be sent, the trouble says why if it lasts; `sending`;
 * `idle`: everything there is was settled; `stopped`: the spool is let go of, the process ends.
 */
export type SenderState = 'waiting' | 'connecting' | 'sending' | 'idle' | 'stopped';

/** What became of the records of a spool since this sender began. */
export interface SenderCounts {
  readonly kind: 'counts';
  readonly acked: OutcomeCounts;
  readonly deadLettered: OutcomeCounts;
  /** Records that may stand in the topic twice, at most: sent again, and nobody could tell whether the first time arrived. */
  readonly resent: number;
  /** Records handed to the client whose outcome is open. */
  readonly unknown: number;
  /** Bytes of acknowledged messages, keys and values, before compression. */
  readonly bytes: number;
  /** seq of the lowest record whose outcome is open, by the checkpoint on the disk. */
  readonly lowest: number;
  /** seq of the record that is handed to the client next. */
  readonly next: number;
}

/** From the sender, a few times a second at most. */
export type SenderNews =
  | { readonly kind: 'state'; readonly state: SenderState }
  | SenderCounts
  /** Told once until it is `over`. Fatal: the process ends with status 1 and tries nothing more. */
  | { readonly kind: 'trouble'; readonly code: ErrorCode; readonly sentence: string; readonly fatal: boolean }
  | { readonly kind: 'over'; readonly code: ErrorCode };
