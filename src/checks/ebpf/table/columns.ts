/**
 * The columns of the tables that are printed once, the ones that matter most first.
 * @module
 */
import type { PlainColumn } from '../../../table/plain-table.js';
import type { EbpfMapSource } from '../ebpf-map-source.js';
import type { EbpfProgramSource } from '../ebpf-program-source.js';
import type { EbpfTotalSource } from '../ebpf-total-source.js';
import { PROGRAM } from '../layout.gen.js';
import { SCOPE } from '../totals.js';
import { bytes, humanCount, humanPart, humanShare, memory, UNKNOWN } from './figures.js';
import { fill, mostEntries } from './map-figures.js';
import { ownerText } from './owners.js';
import { coreShare, missesEver, nsPerRun, runsPerSecond } from './program-figures.js';

/** A column of text, and one of figures. */
const text = <S>(title: string, least: number, most: number, show: PlainColumn<S>['text']): PlainColumn<S> => ({
  title,
  least,
  most,
  text: show,
});
const figure = <S>(title: string, width: number, show: PlainColumn<S>['text']): PlainColumn<S> => ({
  ...text(title, width, width, show),
  right: true,
});

export const ID: PlainColumn<{ readonly id: number }> = figure('ID', 7, ({ id }) => String(id));
export const NAME: PlainColumn<EbpfMapSource | EbpfProgramSource> = text('NAME', 15, 40, ({ name }) => name || UNKNOWN);
export const OWNER: PlainColumn<EbpfMapSource | EbpfProgramSource> = text('OWNER', 14, 40, ownerText);
export const TYPE: PlainColumn<EbpfMapSource | EbpfProgramSource> = text('TYPE', 14, 22, ({ typeName }) => typeName);
export const MEMORY: PlainColumn<EbpfMapSource | EbpfProgramSource> = figure('MEMORY', 6, memory);
export const CPU: PlainColumn<EbpfProgramSource> = figure('CPU%', 5, (program) => humanShare(coreShare(program)));
export const RUNS: PlainColumn<EbpfProgramSource> = figure('RUN/S', 5, (each) => humanCount(runsPerSecond(each)));
export const NS: PlainColumn<EbpfProgramSource> = figure('NS/RUN', 6, (each) => humanCount(rounded(nsPerRun(each))));
const MISSES: PlainColumn<EbpfProgramSource> = figure('MISSES', 6, (each) => humanCount(missesEver(each)));
export const FILL: PlainColumn<EbpfMapSource> = figure('FILL%', 5, (map) => humanPart(fill(map)));
export const ENTRIES: PlainColumn<EbpfMapSource> = figure('ENTRIES', 7, (map) => humanCount(map.entries));
export const MOST: PlainColumn<EbpfMapSource> = figure('MAX', 5, (map) => humanCount(mostEntries(map)));

export const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value));

export const PROGRAM_COLUMNS: readonly PlainColumn<EbpfProgramSource>[] = [
  ID,
  NAME,
  CPU,
  RUNS,
  NS,
  MISSES,
  OWNER,
  TYPE,
  MEMORY,
  figure('XLATED', 6, (program) => (program.hasInfo ? bytes(program.word(PROGRAM.xlated_bytes)) : UNKNOWN)),
];

export const MAP_COLUMNS: readonly PlainColumn<EbpfMapSource>[] = [
  ID,
  NAME,
  MEMORY,
  FILL,
  ENTRIES,
  MOST,
  OWNER,
  { ...TYPE, least: 12 },
  figure('MODEL', 6, ({ memoryModel }) => bytes(memoryModel)),
  figure('KEY', 5, (map) => (map.hasInfo ? String(map.keySize) : UNKNOWN)),
  figure('VALUE', 5, (map) => (map.hasInfo ? String(map.valueSize) : UNKNOWN)),
];

/** Of a part of the sums: the module, or what stands for those without one. */
function partText({ scope, module }: EbpfTotalSource): string {
  if (scope === SCOPE.all) return 'all';
  if (scope === SCOPE.rest) return 'others';
  return module ?? 'not known';
}

export const TOTAL_COLUMNS: readonly PlainColumn<EbpfTotalSource>[] = [
  text('MODULE', 15, 20, partText),
  figure('CPU%', 6, ({ sum }) => humanShare(sum.programsMeasured === 0 ? null : sum.coreShare)),
  figure('PROGS', 5, ({ sum }) => humanCount(sum.programs)),
  figure('MEMORY', 6, ({ sum }) => bytes(sum.programMemoryKernel)),
  figure('XLATED', 6, ({ sum }) => bytes(sum.xlatedBytes)),
  figure('MAPS', 5, ({ sum }) => humanCount(sum.maps)),
  figure('MEMORY', 6, ({ sum }) => bytes(sum.mapMemoryKernel)),
  figure('MODEL', 6, ({ sum }) => bytes(sum.mapMemoryModel)),
];
