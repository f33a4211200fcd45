/**
 * What a frame of this feature can say. Whatever is beyond was damaged on its way, and is discarded.
 * @module
 */
import { MAX_BOOT_NS, MAX_COUNT } from '../../frames/bounds.js';
import { u64 } from '../../frames/words.js';
import type { EbpfMapSource } from './ebpf-map-source.js';
import type { EbpfProgramSource } from './ebpf-program-source.js';
import {
  BUFFER_SOURCE,
  ENTRIES_BY,
  ENTRIES_REASON,
  MAP,
  OBJECT,
  OWNER,
  PATHS,
  PROGRAM,
  REASON,
  ROUND,
} from './layout.gen.js';
import type { EbpfObjectSource } from './object-source.js';

/** Memory of one object, bytes: 16 TiB. */
const MAX_BYTES = 2 ** 44;
const MIN_PAGE = 4096;
const MAX_PAGE = 1 << 20;

const last = (values: Readonly<Record<string, number>>): number => Math.max(...Object.values(values));
const LAST_REASON = last(REASON);
const LAST_BY = last(ENTRIES_BY);
const LAST_ENTRIES_REASON = last(ENTRIES_REASON);
const LAST_BUFFER_SOURCE = last(BUFFER_SOURCE);
const BUFFER_LENGTHS = [MAP.buffer_bytes, MAP.buffer_mapped, MAP.buffer_mapped_consumer] as const;
const COUNTERS = [PROGRAM.run_time_ns, PROGRAM.run_count, PROGRAM.recursion_misses] as const;

function isPossibleObject(source: EbpfObjectSource): boolean {
  const { pageSize, pathsListed } = source;
  if (source.id === 0 || source.readNs >= MAX_BOOT_NS || source.long(OBJECT.memlock) > MAX_BYTES) return false;
  if (pageSize < MIN_PAGE || pageSize > MAX_PAGE || (pageSize & (pageSize - 1)) !== 0) return false;
  if (pathsListed > Math.min(PATHS, source.word(OBJECT.pinned))) return false;
  if (source.byte(OBJECT.reason) > LAST_REASON) return false;
  for (let i = 0; i < source.ownersListed; i++) {
    if (source.long(OBJECT.owner + OWNER.size * i + OWNER.start_ns) >= MAX_BOOT_NS) return false;
  }
  return true;
}

export function isPossibleMap(map: EbpfMapSource): boolean {
  if (!isPossibleObject(map) || !map.agrees) return false;
  if (map.byte(MAP.entries_by) > LAST_BY || map.entriesReason > LAST_ENTRIES_REASON) return false;
  if (map.byte(MAP.buffer_source) > LAST_BUFFER_SOURCE) return false;
  if (map.long(MAP.entries) > MAX_COUNT || map.long(MAP.entries_ns) > map.readNs) return false;
  return BUFFER_LENGTHS.every((offset) => map.long(offset) <= MAX_BYTES);
}

export function isPossibleProgram(program: EbpfProgramSource): boolean {
  if (!isPossibleObject(program)) return false;
  if (program.long(PROGRAM.loaded_ns) >= MAX_BOOT_NS) return false;
  if (program.long(PROGRAM.statistics_since_ns) > program.readNs) return false;
  // The sign of a 64-bit number.
  return COUNTERS.every((offset) => program.word(offset + 4) < 2 ** 31);
}

/** What the formulas made of possible sizes. */
export function isPossibleMemory(bytes: number | null): boolean {
  return bytes === null || bytes <= MAX_BYTES;
}

/** @param start byte offset of a `struct ct_ebpf_round` */
export function isPossibleRound(u32: Uint32Array, start: number): boolean {
  const time = (offset: number): number => u64(u32, (start + offset) >>> 2);
  const ended = time(ROUND.ended_ns);
  return (
    ended < MAX_BOOT_NS &&
    time(ROUND.began_ns) <= ended &&
    time(ROUND.counting_ns) <= time(ROUND.cpu_ns) &&
    time(ROUND.cpu_ns) < MAX_BOOT_NS
  );
}
