/**
 * The columns of the live view, the ones that matter most first.
 * @module
 */
import type { PlainColumn } from '../../../table/plain-table.js';
import type { EbpfMapSource } from '../ebpf-map-source.js';
import type { EbpfProgramSource } from '../ebpf-program-source.js';
import { CPU, ENTRIES, FILL, ID, MEMORY, MOST, NAME, NS, OWNER, RUNS, rounded, TYPE } from '../table/columns.js';
import { humanCount } from '../table/figures.js';
import { missesPerSecond, nsPerRunEver } from '../table/program-figures.js';

const figure = (title: string, of: (program: EbpfProgramSource) => number | null): PlainColumn<EbpfProgramSource> => ({
  title,
  least: 6,
  most: 6,
  right: true,
  text: (program) => humanCount(of(program)),
});

export const PROGRAM_COLUMNS: readonly PlainColumn<EbpfProgramSource>[] = [
  ID,
  NAME,
  CPU,
  RUNS,
  NS,
  figure('AVG-NS', (program) => rounded(nsPerRunEver(program))),
  figure('MISS/S', missesPerSecond),
  { ...OWNER, least: 12 },
  { ...TYPE, least: 8 },
  MEMORY,
];

export const MAP_COLUMNS: readonly PlainColumn<EbpfMapSource>[] = [
  ID,
  NAME,
  MEMORY,
  FILL,
  ENTRIES,
  MOST,
  OWNER,
  { ...TYPE, least: 9 },
];
