import { describe, expect, test } from 'vitest';
import { type MapShape, memoryModel, programMemoryModel } from '../../../src/checks/ebpf/memory-model.js';
import { MAP_TYPES } from '../../../src/checks/ebpf/type-names.js';

const PAGE = 4096;
const CPUS = 4;
const MMAPABLE = 1 << 10;

type Sizes = Partial<Omit<MapShape, 'type'>>;

function bytes(type: string, sizes: Sizes, cpus = CPUS): number | null {
  const number = (MAP_TYPES as readonly string[]).indexOf(type);
  expect(number).toBeGreaterThan(0);
  const nothing = { keySize: 4, valueSize: 4, maxEntries: 1, flags: 0, pageSize: PAGE, mapped: null };
  return memoryModel({ ...nothing, mappedConsumer: null, ...sizes, type: number }, cpus);
}

/** A key of 50 bytes, rounded 56; a value of 150, rounded 152. */
const USUAL = { keySize: 50, valueSize: 150, maxEntries: 1000 };

describe('worked out by hand, on 4 CPUs', () => {
  test.each<[type: string, sizes: Sizes, expected: number]>([
    ['array', { ...USUAL, keySize: 4 }, 320 + 152_000],
    ['array', { valueSize: 8, maxEntries: 1000, flags: MMAPABLE }, 4096 + 8192],
    ['array', { valueSize: 1, maxEntries: 512, flags: MMAPABLE }, 4096 + 4096],
    ['prog_array', { maxEntries: 10 }, 320 + 80],
    ['cgroup_array', { maxEntries: 3 }, 320 + 24],
    ['array_of_maps', { maxEntries: 7 }, 320 + 56],
    ['percpu_array', { ...USUAL, keySize: 4 }, 320 + 8000 + 608_000],
    // 1,004 elements of 48 + 56 + 152; 1,024 buckets of 16; 4 × 8 locks of 8; a spare element for each CPU.
    ['hash', USUAL, 704 + 16_384 + 256 + 257_024 + 32],
    ['hash', { keySize: 4, valueSize: 8, maxEntries: 1025 }, 704 + 32_768 + 256 + 64 * 1029 + 32],
    ['hash_of_maps', { maxEntries: 10 }, 704 + 256 + 256 + 64 * 14 + 32],
    ['lru_hash', USUAL, 704 + 16_384 + 256 + 256_000],
    // Elements of 48 + 56 and a pointer; behind it 152 for each CPU.
    ['percpu_hash', USUAL, 704 + 16_384 + 256 + 112_000 + 608_000],
    ['lru_percpu_hash', USUAL, 704 + 16_384 + 256 + 112_000 + 608_000],
    ['lpm_trie', USUAL, 236_000],
    // 16 pages of data, mapped twice behind the producer's page.
    ['ringbuf', { maxEntries: 1 << 16, mappedConsumer: PAGE, mapped: 33 * PAGE }, 320 + 64 * 35 + 4096 + 135_168],
    ['ringbuf', { maxEntries: 1 << 16, mappedConsumer: 0, mapped: 0 }, 320 + 64 * 35],
  ])('%s %o', (type, sizes, expected) => {
    expect(bytes(type, sizes)).toBe(expected);
  });

  test.each([1, 2, 64])('a perf buffer of 8 pages on each of %i CPUs', (cpus) => {
    const found = bytes('perf_event_array', { maxEntries: cpus, mapped: cpus * 9 * PAGE }, cpus);
    expect(found).toBe(cpus * (8 + 1) * PAGE + cpus * 8 + 320);
  });
});

test.each(['array', 'percpu_array', 'hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash', 'lpm_trie'])(
  '%s takes no less than its keys and values',
  (type) => {
    const perCpu = type.includes('percpu') ? CPUS : 1;
    const key = type.includes('array') ? 0 : 50;
    expect(bytes(type, USUAL)).toBeGreaterThanOrEqual(1000 * (key + 150 * perCpu) - (type === 'lpm_trie' ? 4000 : 0));
  },
);

test('more entries never take less', () => {
  for (const type of ['array', 'percpu_array', 'hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash', 'lpm_trie']) {
    let least = 0;
    for (let maxEntries = 1; maxEntries < 5000; maxEntries += 37) {
      const found = bytes(type, { keySize: 8, valueSize: 16, maxEntries })!;
      expect(found, `${type} of ${maxEntries}`).toBeGreaterThan(least);
      least = found;
    }
  }
});

test('as many entries as 32 bits hold', () => {
  expect(bytes('hash', { keySize: 4, valueSize: 4, maxEntries: 2 ** 32 - 1 })).toBe(
    704 + 16 * 2 ** 32 + 256 + 64 * (2 ** 32 + 3) + 32,
  );
});

test.each(['queue', 'stack', 'bloom_filter', 'sk_storage', 'task_storage', 'struct_ops', 'arena', 'user_ringbuf'])(
  'there is no formula for %s',
  (type) => {
    expect(bytes(type, { mapped: 0, mappedConsumer: 0 })).toBeNull();
  },
);

test('nothing is made up: an unknown type, rings whose mappings are not known', () => {
  const shape = { keySize: 4, valueSize: 4, maxEntries: 1, flags: 0, pageSize: PAGE, mapped: 0, mappedConsumer: 0 };
  expect(memoryModel({ ...shape, type: 0 }, CPUS)).toBeNull();
  expect(memoryModel({ ...shape, type: 4_000_000_000 }, CPUS)).toBeNull();
  expect(bytes('perf_event_array', {})).toBeNull();
  expect(bytes('ringbuf', { maxEntries: 4096 })).toBeNull();
  expect(bytes('ringbuf', { maxEntries: 4096, mapped: 0 })).toBeNull();
});

test('a program takes its instructions in whole pages', () => {
  expect([0, 1, 4096, 4097].map((length) => programMemoryModel(length, PAGE))).toEqual([0, 4096, 4096, 8192]);
  expect(programMemoryModel(100, 1 << 16)).toBe(1 << 16);
});
