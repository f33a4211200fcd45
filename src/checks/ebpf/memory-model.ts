/**
 * What a map takes at most, worked out from its type and sizes by the structures of kernel/bpf/{arraymap,hashtab,lpm_trie,ringbuf}.c on a
 * 64-bit kernel. Bytes.
 * @module
 */
import { MAP_TYPES } from './type-names.js';

/** What the formulas take of a map, as bpf_map_info has it. */
export interface MapShape {
  /** enum bpf_map_type. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_… */
  readonly flags: number;
  readonly pageSize: number;
  /** Lengths of the mappings of its rings; null: not known. Of a ring buffer, of its data and of its consumer's page apart. */
  readonly mapped: number | null;
  readonly mappedConsumer: number | null;
}

type MapType = (typeof MAP_TYPES)[number];

const POINTER = 8;
/** struct bpf_array, bpf_ringbuf_map and bpf_htab, with what they are aligned to. */
const ARRAY_HEAD = 320;
const RINGBUF_HEAD = 320;
const HASH_HEAD = 704;
/** struct bucket, and the locks that count nesting: HASHTAB_MAP_LOCK_COUNT ints, of 8 bytes each, for each CPU. */
const BUCKET = 16;
const LOCKS = 8 * 8;
/** struct htab_elem and lpm_trie_node without what follows them. */
const HASH_ELEMENT = 48;
const TRIE_NODE = 40;
/** Of an LPM key: its prefix length, which is no data. */
const PREFIX_LENGTH = 4;
/** Of a ring buffer: struct page pointers of the vmap, one of its head and two of its control pages. */
const RING_PAGE = 64;
const RING_CONTROL_PAGES = 3;

const BPF_F_MMAPABLE = 1 << 10;

const roundUp = (size: number, to: number): number => Math.ceil(size / to) * to;
const round8 = (size: number): number => roundUp(size, 8);

/** The least power of two that is not below `n`. */
const powerOfTwo = (n: number): number => (n <= 1 ? 1 : 2 ** (32 - Math.clz32(n - 1)));

function arrayBytes(map: MapShape): number {
  const data = map.maxEntries * round8(map.valueSize);
  if ((map.flags & BPF_F_MMAPABLE) === 0) return ARRAY_HEAD + data;
  return roundUp(ARRAY_HEAD, map.pageSize) + roundUp(data, map.pageSize);
}

function perCpuArrayBytes({ maxEntries, valueSize }: MapShape, cpus: number): number {
  return ARRAY_HEAD + maxEntries * POINTER + maxEntries * round8(valueSize) * cpus;
}

function hashBytes(map: MapShape, cpus: number, { perCpu, lru }: { perCpu: boolean; lru: boolean }): number {
  const { keySize, valueSize, maxEntries } = map;
  const plain = !perCpu && !lru;
  const elements = plain ? maxEntries + cpus : maxEntries;
  const element = HASH_ELEMENT + round8(keySize) + (perCpu ? POINTER : round8(valueSize));
  const head = HASH_HEAD + BUCKET * powerOfTwo(maxEntries) + LOCKS * cpus;
  const spare = plain ? POINTER * cpus : 0;
  return head + element * elements + (perCpu ? round8(valueSize) * cpus * elements : 0) + spare;
}

function trieBytes({ keySize, valueSize, maxEntries }: MapShape): number {
  return (TRIE_NODE + keySize - PREFIX_LENGTH + valueSize) * maxEntries;
}

function ringBytes({ maxEntries, pageSize, mapped, mappedConsumer }: MapShape): number | null {
  if (mapped === null || mappedConsumer === null) return null;
  const pages = Math.floor(maxEntries / pageSize);
  return RINGBUF_HEAD + RING_PAGE * (RING_CONTROL_PAGES + 2 * pages) + mappedConsumer + mapped;
}

type Formula = (map: MapShape, cpus: number) => number | null;

const FORMULAS: Partial<Record<MapType, Formula>> = {
  array: arrayBytes,
  prog_array: arrayBytes,
  cgroup_array: arrayBytes,
  array_of_maps: arrayBytes,
  percpu_array: perCpuArrayBytes,
  perf_event_array: (map) => (map.mapped === null ? null : arrayBytes(map) + map.mapped),
  hash: (map, cpus) => hashBytes(map, cpus, { perCpu: false, lru: false }),
  hash_of_maps: (map, cpus) => hashBytes(map, cpus, { perCpu: false, lru: false }),
  lru_hash: (map, cpus) => hashBytes(map, cpus, { perCpu: false, lru: true }),
  percpu_hash: (map, cpus) => hashBytes(map, cpus, { perCpu: true, lru: false }),
  lru_percpu_hash: (map, cpus) => hashBytes(map, cpus, { perCpu: true, lru: true }),
  lpm_trie: trieBytes,
  ringbuf: ringBytes,
};

/** By enum bpf_map_type. */
const BY_TYPE: readonly (Formula | undefined)[] = MAP_TYPES.map((name) => FORMULAS[name]);

/**
 * Bytes that a map takes at most; null: there is no formula for its type, or the mappings of its rings are not known.
 * @param cpus possible CPUs
 */
export function memoryModel(map: MapShape, cpus: number): number | null {
  return BY_TYPE[map.type]?.(map, cpus) ?? null;
}

/** Of a program: its instructions, in whole pages. */
export function programMemoryModel(xlatedBytes: number, pageSize: number): number {
  return roundUp(xlatedBytes, pageSize);
}
