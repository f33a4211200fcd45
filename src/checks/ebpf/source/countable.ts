import type { MapShape } from '../../../native/index.js';

/** How entries of a type of map can be counted in user space. */
export type Countable = 'size' | 'elements' | 'keys' | 'none';

/** enum bpf_map_type. What is not here has nothing to count by. */
const TYPES = new Map<number, Countable>([
  [1, 'elements'], // hash
  [2, 'size'], // array
  [3, 'keys'], // prog_array
  [5, 'elements'], // percpu_hash
  [6, 'size'], // percpu_array
  [7, 'keys'], // stack_trace
  [9, 'elements'], // lru_hash
  [10, 'elements'], // lru_percpu_hash
  [11, 'elements'], // lpm_trie
  [12, 'keys'], // array_of_maps
  [13, 'elements'], // hash_of_maps
  [14, 'keys'], // devmap
  [15, 'keys'], // sockmap
  [16, 'keys'], // cpumap
  [18, 'keys'], // sockhash
  [25, 'keys'], // devmap_hash
]);

const SOCKMAP = 15;
/** Of a socket map whose values can be looked up: cookies. */
const COOKIE_BYTES = 8;

/** Types that bpf_for_each_map_elem walks. */
const WALKED_BY_PROGRAMS: ReadonlySet<number> = new Set([1, 5, 9, 10]);
/**
 * Policy: below, a batch costs less than a program; above, a program, which cannot be interrupted, would hold its CPU for too long.
 */
const LEAST = 1024;
const MOST = 1 << 18;

export function countable({ type, valueSize }: MapShape): Countable {
  if (type === SOCKMAP && valueSize !== COOKIE_BYTES) return 'none';
  return TYPES.get(type) ?? 'none';
}

/** Whether a program is the best way to count it. */
export function suitsProgram({ type, maxEntries }: MapShape): boolean {
  return WALKED_BY_PROGRAMS.has(type) && maxEntries >= LEAST && maxEntries <= MOST;
}
