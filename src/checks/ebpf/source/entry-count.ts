import { ENTRIES_BY, ENTRIES_REASON } from '../layout.gen.js';

/** How many entries a map has, or why that is not known. */
export interface EntryCountFacts {
  readonly entries: number | null;
  /** ENTRIES_BY, and ENTRIES_REASON. */
  readonly by: number;
  readonly reason: number;
  /** When they were counted: boot clock, ns; null: in this reading. */
  readonly countedNs: bigint | null;
}

export function counted(
  entries: number,
  by: keyof typeof ENTRIES_BY,
  countedNs: bigint | null = null,
): EntryCountFacts {
  return { entries, by: ENTRIES_BY[by], reason: ENTRIES_REASON.none, countedNs };
}

export function notCounted(why: keyof typeof ENTRIES_REASON): EntryCountFacts {
  return { entries: null, by: ENTRIES_BY.none, reason: ENTRIES_REASON[why], countedNs: null };
}
