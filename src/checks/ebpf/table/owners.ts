import type { EbpfObjectSource } from '../object-source.js';
import { UNKNOWN } from './figures.js';

/** Who holds an object, as `name(pid)`, the first of several: `agent(71)+2`. Without one: where it is pinned. */
export function ownerText(source: EbpfObjectSource): string {
  const { ownerCount } = source;
  if (ownerCount === null) return UNKNOWN;
  if (ownerCount === 0) return source.pathsListed > 0 ? source.path(0) : 'nobody';
  const more = ownerCount > 1 ? `+${ownerCount - 1}` : '';
  return `${source.ownerName(0)}(${source.ownerPid(0)})${more}`;
}
