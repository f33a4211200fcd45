import { humanDuration } from '../../../table/human.js';
import type { EbpfMapSource } from '../ebpf-map-source.js';
import { ENTRIES_BY, KNOWN, MAP } from '../layout.gen.js';
import { bytes, humanCount, humanPart, UNKNOWN } from '../table/figures.js';
import { entriesReason, fill, knownMemory } from '../table/map-figures.js';
import type { Detail } from './detail.js';
import { objectFacts } from './object-facts.js';

const WAYS: Readonly<Record<number, string>> = {
  [ENTRIES_BY.kernel_sum]: 'the kernel’s own sum',
  [ENTRIES_BY.program]: 'counted by a program',
  [ENTRIES_BY.batch]: 'counted in batches',
  [ENTRIES_BY.keys]: 'counted from key to key',
  [ENTRIES_BY.size]: 'an array has all of them always',
};

function entries(map: EbpfMapSource): string {
  if (map.entries === null) return `not known: ${entriesReason(map)}`;
  const ageUs = Math.floor((map.readNs - map.long(MAP.entries_ns)) / 1000);
  const age = ageUs >= 1 ? `, ${humanDuration(ageUs)} before` : '';
  return `${map.entries} (${WAYS[map.byte(MAP.entries_by)] ?? UNKNOWN}${age})`;
}

function buffer(map: EbpfMapSource): string {
  if (!map.knows(KNOWN.buffer)) return UNKNOWN;
  const mapped = bytes(map.mapped! + map.mappedConsumer!);
  return `${bytes(map.long(MAP.buffer_bytes))} in ${map.word(MAP.buffer_rings)} rings, ${mapped} mapped`;
}

/** Everything that is known of a map. */
export function mapDetail(map: EbpfMapSource): Detail {
  const info = (show: () => string): string => (map.hasInfo ? show() : UNKNOWN);
  const frozen = map.byte(MAP.frozen) === 0 ? '' : ', frozen';
  return {
    title: `Map ${map.id}: ${map.name || UNKNOWN}`,
    facts: [
      ['type', `${map.typeName}${frozen}`],
      ...objectFacts(map),
      ['sizes', info(() => `key ${map.keySize}, value ${map.valueSize} bytes, at most ${map.maxEntries} entries`)],
      ['flags', info(() => `0x${map.flags.toString(16)}`)],
      ['entries', entries(map)],
      ['buffer', buffer(map)],
    ],
    figures: [
      ['MEMORY', knownMemory(map), bytes],
      ['ENTRIES', map.entries, humanCount],
      ['FILL%', fill(map), humanPart],
    ],
  };
}
