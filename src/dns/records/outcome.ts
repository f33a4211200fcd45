/** Places in enum DnsOutcome. */
export const OUTCOME = { answered: 0, timedOut: 1, displaced: 2, runEnd: 3 } as const;
