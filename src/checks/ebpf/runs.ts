/** What a program did between two readings; one object reused for all. */
export interface Runs {
  /** Whether the rest is. */
  known: boolean;
  intervalNs: number;
  /** On all CPUs together. */
  runTimeNs: number;
  runs: number;
  /** null: the kernel does not count them. */
  misses: number | null;
  /** Cores: 1 is one, all the time. */
  coreShare: number;
}

export const noRuns = (): Runs => ({
  known: false,
  intervalNs: 0,
  runTimeNs: 0,
  runs: 0,
  misses: null,
  coreShare: 0,
});
