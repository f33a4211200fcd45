import type { EbpfProgramSource } from '../ebpf-program-source.js';
import { KNOWN, PROGRAM } from '../layout.gen.js';

/** Nanoseconds in a second. */
const SECOND = 1e9;

/** Shares of a core, since the last reading; null: not known. */
export const coreShare = ({ last }: EbpfProgramSource): number | null => (last.known ? last.coreShare : null);

export const runsPerSecond = ({ last }: EbpfProgramSource): number | null =>
  last.known ? (last.runs * SECOND) / last.intervalNs : null;

/** ns of a run, since the last reading; null: it did not run, or that is not known. */
export const nsPerRun = ({ last }: EbpfProgramSource): number | null =>
  last.known && last.runs > 0 ? last.runTimeNs / last.runs : null;

/** ns of a run, since it was loaded. */
export function nsPerRunEver(program: EbpfProgramSource): number | null {
  const runs = runsEver(program);
  return runs === null || runs === 0 ? null : program.long(PROGRAM.run_time_ns) / runs;
}

export const runsEver = (program: EbpfProgramSource): number | null =>
  program.knows(KNOWN.runs) ? program.long(PROGRAM.run_count) : null;

export const missesPerSecond = ({ last }: EbpfProgramSource): number | null =>
  last.known && last.misses !== null ? (last.misses * SECOND) / last.intervalNs : null;

export const missesEver = (program: EbpfProgramSource): number | null =>
  program.knows(KNOWN.misses) ? program.long(PROGRAM.recursion_misses) : null;
