import type { EbpfMapSource } from '../ebpf-map-source.js';
import type { EbpfProgramSource } from '../ebpf-program-source.js';
import { fill, knownMemory } from '../table/map-figures.js';
import { byFigure, byText } from '../table/order.js';
import { ownerText } from '../table/owners.js';
import {
  coreShare,
  missesEver,
  missesPerSecond,
  nsPerRun,
  nsPerRunEver,
  runsPerSecond,
} from '../table/program-figures.js';

/** An order of rows that can be asked for. */
export interface ListOrder<R> {
  /** The title of the column that it goes by. */
  readonly title: string;
  /** A list of its own; what is not known is last, also where the rest is reversed. */
  sort(rows: readonly R[], reversed: boolean): R[];
}

const figure = <R extends { readonly id: number }>(title: string, of: (row: R) => number | null): ListOrder<R> => ({
  title,
  sort: (rows, reversed) => byFigure(rows, of, reversed),
});
const text = <R extends { readonly id: number }>(title: string, of: (row: R) => string): ListOrder<R> => ({
  title,
  sort: (rows, reversed) => byText(rows, of, reversed),
});

/** Equal numbers of misses per second are told apart by those there were ever. */
const misses = (program: EbpfProgramSource): number | null => {
  const ever = missesEver(program);
  return ever === null ? null : (missesPerSecond(program) ?? 0) + ever / 2 ** 53;
};

export const PROGRAM_ORDERS: readonly ListOrder<EbpfProgramSource>[] = [
  figure('CPU%', coreShare),
  figure('RUN/S', runsPerSecond),
  figure('NS/RUN', nsPerRun),
  figure('AVG-NS', nsPerRunEver),
  figure('MISS/S', misses),
  text<EbpfProgramSource>('NAME', ({ name }) => name),
  text<EbpfProgramSource>('OWNER', ownerText),
  text<EbpfProgramSource>('TYPE', ({ typeName }) => typeName),
  // The youngest first.
  figure('ID', ({ id }) => id),
];

export const MAP_ORDERS: readonly ListOrder<EbpfMapSource>[] = [
  figure('MEMORY', knownMemory),
  figure('FILL%', fill),
  figure('ENTRIES', ({ entries }) => entries),
  text<EbpfMapSource>('NAME', ({ name }) => name),
  text<EbpfMapSource>('OWNER', ownerText),
  text<EbpfMapSource>('TYPE', ({ typeName }) => typeName),
  figure('ID', ({ id }) => id),
];
