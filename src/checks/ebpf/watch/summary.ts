import { humanDuration } from '../../../table/human.js';
import { bytes, humanCount, humanShare } from '../table/figures.js';
import type { WholeRound } from '../table/gathered.js';

/** A round in one line: all there is together, and what it cost to look. */
export function summary(round: WholeRound | null): { title: string; took: string } {
  const all = round?.all ?? null;
  if (all === null) return { title: '', took: '' };
  const { sum, reading } = all;
  const measured = sum.programsMeasured > 0 ? `, ${humanShare(sum.coreShare)}% of a core` : '';
  const title = `${humanCount(sum.programs)} programs${measured}; ${humanCount(sum.maps)} maps, ${bytes(sum.mapMemoryKernel)}`;
  return { title, took: reading === null ? '' : `round ${all.round}, ${humanDuration(reading.cpuUs)} of CPU` };
}
