import type { EbpfMapSource } from '../ebpf-map-source.js';
import { ENTRIES_BY, ENTRIES_REASON, MAP } from '../layout.gen.js';

/** Entries by the most that it holds; null: not known, or an array, which has all of them always. */
export function fill(map: EbpfMapSource): number | null {
  const { entries, maxEntries } = map;
  if (entries === null || !map.hasInfo || maxEntries === 0 || map.byte(MAP.entries_by) === ENTRIES_BY.size) return null;
  return entries / maxEntries;
}

export const mostEntries = (map: EbpfMapSource): number | null => (map.hasInfo ? map.maxEntries : null);

/** What it takes as the kernel accounts for it, else as it is worked out; null: neither is known. */
export const knownMemory = ({ memoryKernel, memoryModel }: EbpfMapSource): number | null => memoryKernel ?? memoryModel;

const REASONS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(ENTRIES_REASON).map(([name, value]) => [value, name.replaceAll('_', ' ')]),
);

/** Why its entries are not known. */
export const entriesReason = (map: EbpfMapSource): string => REASONS[map.entriesReason] ?? 'not known';
