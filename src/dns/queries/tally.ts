/** What became of a query that is over, in statistics. */
export const COUNTED = 0;
/** It is in none: its type, its role or its server is not asked for. */
export const NOT_WANTED = 1;
export const NO_ROOM = 2;

/** Counts the queries that are over. */
export interface Tally {
  /** The query in the slot has an answer of this code, so long after it was asked. */
  answered(slot: number, rcode: number, latencyUs: number): number;
  /** It has none. `outcome`: place in enum DnsOutcome. */
  unanswered(slot: number, outcome: number): number;
}

/** Where nothing is counted. */
export const NO_TALLY: Tally = { answered: () => NOT_WANTED, unanswered: () => NOT_WANTED };
