import { OBJECT } from '../layout.gen.js';
import type { EbpfObjectSource } from '../object-source.js';
import { bytes, UNKNOWN } from '../table/figures.js';
import type { Fact } from './detail.js';

/** A time of the boot clock in UTC, to the second. */
export function timeText({ wallOffsetUs }: EbpfObjectSource, bootNs: number): string {
  const at = new Date(Math.floor(bootNs / 1e6) + wallOffsetUs / 1000);
  return `${at.toISOString().slice(0, 19)}Z`;
}

function listed(count: number | null, names: readonly string[], none: string): string {
  if (count === null) return UNKNOWN;
  const more = count > names.length ? [`${count - names.length} more`] : [];
  return [...names, ...more].join(', ') || none;
}

/** What is told of maps and programs alike. */
export function objectFacts(source: EbpfObjectSource): Fact[] {
  const places = (count: number): number[] => Array.from({ length: count }, (_, place) => place);
  const owners = places(source.ownersListed).map((place) => `${source.ownerName(place)}(${source.ownerPid(place)})`);
  const paths = places(source.pathsListed).map((place) => source.path(place));
  return [
    ['module', source.module ?? UNKNOWN],
    ['owners', listed(source.ownerCount, owners, 'nobody')],
    ['pinned', listed(source.pinnedCount, paths, 'nowhere')],
    ['memory', `${bytes(source.memoryKernel)} by the kernel, ${bytes(source.memoryModel)} worked out`],
    ['btf', String(source.word(OBJECT.btf_id) || UNKNOWN)],
  ];
}
