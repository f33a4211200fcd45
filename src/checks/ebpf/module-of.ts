import { KNOWN } from './layout.gen.js';
import type { EbpfObjectSource } from './object-source.js';

/** The module of what this tracer loaded. */
export const OURS = 'conntrail';

/** What an object belongs to: this tracer, or the one name that all of its owners have; null: not known. */
export function moduleOf(source: EbpfObjectSource): string | null {
  if (source.knows(KNOWN.ours)) return OURS;
  if (!source.knows(KNOWN.one_name) || source.ownersListed === 0) return null;
  return source.ownerName(0) || null;
}
