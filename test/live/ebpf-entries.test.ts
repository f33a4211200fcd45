/** Counting the entries of maps, by each way there is: what it finds, in which memory, and while the map changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { ENTRIES_BY } from '../../src/checks/ebpf/layout.gen.js';
import { EntryCounting } from '../../src/checks/ebpf/source/entry-counting.js';
import { mapFacts } from '../../src/checks/ebpf/source/map-facts.js';
import { RowBuffer } from '../../src/checks/ebpf/source/row-buffer.js';
import { BPF_OBJECTS, type EntryCount, type MapInfo, type NativeEntryCounter, native } from '../../src/native/index.js';
import { lacksLive, need } from '../support/require.js';
import { BpfMaps, NO_PREALLOC } from './support/bpf-maps.js';

const WAYS = ['program', 'batch', 'keys'] as const;
type Way = (typeof WAYS)[number];
const FOREVER = 60e9;
const BUFFERS = { keyBytes: 512 << 10, valueBytes: 1 << 20 };
/** ENOTSUPP of the kernel, which errno.h does not have. */
const ENOTSUPP = 524;

const { bpf } = native();
let maps: BpfMaps;

beforeEach((context) => {
  need(context as TestContext, 'live', lacksLive());
  maps = new BpfMaps();
});

/** Opens a map for as long as `look` takes. */
function open<T>(id: number, look: (descriptor: number, info: MapInfo) => T): T {
  const descriptor = bpf.open('map', id);
  expect(descriptor).toBeGreaterThan(0);
  try {
    return look(descriptor, bpf.mapInfo(descriptor) as MapInfo);
  } finally {
    bpf.close(descriptor);
  }
}

function count(counter: NativeEntryCounter, way: Way, id: number, budgetNs = FOREVER): EntryCount {
  return open(id, (descriptor, info) =>
    way === 'program' ? counter.run(id, descriptor) : counter.walk(id, descriptor, info, way, budgetNs),
  );
}

function counter(buffers = BUFFERS): NativeEntryCounter {
  return new bpf.EntryCounter(buffers);
}

const hashes = ['hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash'] as const;

describe.each([
  ['buffers as they are', BUFFERS],
  // 10 keys of 50 bytes; 3 values of 152 bytes, where they are not per CPU.
  ['small buffers', { keyBytes: 512, valueBytes: 512 }],
])('%s', (_, buffers) => {
  test.each(hashes)('%s: empty, in part, full, and again', async (type) => {
    const id = await maps.make('counted', type, { key: 50, value: 150, entries: 1000 });
    const counting = counter(buffers);
    // Of an LRU map the last ones to come take the place of others.
    const full = type.startsWith('lru') ? 500 : 1000;
    for (const entries of [0, 300, full]) {
      if (entries > 0) await maps.fill('counted', entries);
      for (const way of WAYS) {
        // A bucket with more entries than a batch may have is walked from key to key.
        const { state, entries: found, errno } = count(counting, way, id);
        if (way === 'batch' && state === 'failed') expect([7, 28]).toContain(errno);
        else expect({ way, state, found }).toEqual({ way, state: 'done', found: entries });
      }
    }
    await maps.empty('counted', 300);
    for (const way of ['program', 'keys'] as const) {
      expect(count(counting, way, id)).toMatchObject({ state: 'done', entries: full - 300 });
    }
    counting.close();
  });
});

test('a trie by batches and keys, and a map of maps by keys; programs do not walk these', async () => {
  const trie = await maps.make('trie', 'lpm_trie', { key: 8, value: 8, entries: 100, flags: NO_PREALLOC });
  await maps.make('inner', 'array', { key: 4, value: 4, entries: 1 });
  const outer = await maps.make('outer', 'hash_of_maps', { key: 4, value: 4, entries: 10, inner: 'inner' });
  await maps.fill('trie', 7);
  await maps.do({ fill: 'outer', from: 0, to: 3, with: 'inner' });
  const counting = counter();
  expect(count(counting, 'keys', trie)).toMatchObject({ state: 'done', entries: 7 });
  expect(count(counting, 'keys', outer)).toMatchObject({ state: 'done', entries: 3 });
  expect(count(counting, 'program', trie).state).toBe('failed');
  expect(counting.kept()).toEqual([]);
});

test('what has nothing to count by is an error, not a number', async () => {
  const counting = counter();
  for (const [type, made] of [
    ['queue', { key: 0, value: 4, entries: 10 }],
    ['ringbuf', { key: 0, value: 0, entries: 4096 }],
    ['bloom_filter', { key: 0, value: 4, entries: 10 }],
  ] as const) {
    const id = await maps.make(`no_${type}`, type, made);
    for (const way of WAYS) expect(count(counting, way, id), `${type} by ${way}`).toMatchObject({ state: 'failed' });
  }
  expect(
    count(counting, 'batch', await maps.make('no_ring', 'ringbuf', { key: 0, value: 0, entries: 4096 })).errno,
  ).toBe(ENOTSUPP);
});

test('a walk goes on where its budget ended, and keeps no descriptor meanwhile', async () => {
  const id = await maps.make('long', 'hash', { key: 4, value: 8, entries: 20_000 });
  await maps.fill('long', 20_000);
  const counting = counter({ keyBytes: 4096, valueBytes: 8192 });
  for (const way of ['batch', 'keys'] as const) {
    let pauses = 0;
    let result = count(counting, way, id, 0);
    for (; result.state === 'paused'; result = count(counting, way, id, 0)) pauses++;
    expect(result).toMatchObject({ state: 'done', entries: 20_000 });
    expect(pauses).toBeGreaterThan(10);
  }
});

test('a walk that the kernel begins anew, since its key is gone, counts nothing twice', async () => {
  const id = await maps.make('restarted', 'hash', { key: 4, value: 8, entries: 1000 });
  const counting = counter();
  const found: number[] = [];
  for (let trial = 0; trial < 20; trial++) {
    await maps.fill('restarted', 1000);
    // One step: the key that the next one goes on from, whichever it is, is in one half, which goes every second time.
    expect(count(counting, 'keys', id, 0)).toMatchObject({ state: 'paused', entries: 64 });
    const from = trial % 2 === 0 ? 0 : 500;
    await maps.empty('restarted', from + 500, from);
    const { state, entries } = count(counting, 'keys', id);
    expect(state).toBe('done');
    found.push(entries);
    await maps.empty('restarted', 1000 - from, 500 - from);
  }
  // It went on, with those of the 64 that are gone; or it was begun anew, and without notice all 64 would be counted twice.
  for (const entries of found) expect(entries).toBeLessThan(560);
  expect(found).toContain(500);
});

test.each(['batch', 'keys', 'program'] as const)(
  'changed 100,000 times a second and more while it is counted by %s: within the bounds, and no hang',
  async (way) => {
    const keys = 2000;
    const id = await maps.make('churned', 'hash', { key: 4, value: 8, entries: keys });
    await maps.fill('churned', keys);
    const counting = counter();
    const churn = maps.do<{ changes: number; seconds: number; least: number; most: number }>({
      churn: 'churned',
      keys,
      rate: 200_000,
      seconds: 3,
    });
    const found: EntryCount[] = [];
    const end = performance.now() + 2500;
    while (performance.now() < end) {
      const begun = performance.now();
      found.push(count(counting, way, id, 50e6));
      expect(performance.now() - begun).toBeLessThan(1000);
      await sleep(10);
    }
    const { changes, seconds, least, most } = await churn;
    expect(changes / seconds).toBeGreaterThan(100_000);
    expect([least, most]).toEqual([keys / 2, keys]);
    const done = found.filter(({ state }) => state === 'done').map(({ entries }) => entries);
    expect(found.filter(({ state }) => state === 'failed')).toEqual([]);
    // From key to key it may change too fast to be walked; then it says so.
    if (way !== 'keys') expect(done.length).toBeGreaterThan(10);
    for (const entries of done) {
      expect(entries).toBeGreaterThanOrEqual(least * 0.9);
      expect(entries).toBeLessThanOrEqual(most);
    }
  },
);

test('a program is in no list of ours, keeps its map until it is forgotten, and no longer', async () => {
  const id = await maps.make('kept', 'hash', { key: 4, value: 8, entries: 1000 });
  const counting = counter();
  count(counting, 'program', id);
  count(counting, 'program', id);
  const [program, ...others] = counting.programs();
  expect(others).toEqual([]);
  expect([...(bpf.ids('program') as Uint32Array)]).toContain(program);
  expect(counting.kept()).toEqual([id]);
  await maps.do({ drop: 'kept' });
  await sleep(300);
  expect([...(bpf.ids('map') as Uint32Array)]).toContain(id);
  counting.forget(id);
  await expect.poll(() => [...(bpf.ids('map') as Uint32Array)].includes(id), { timeout: 5000 }).toBe(false);
  expect(counting.programs()).toEqual([]);
});

test('that nobody but a program has a map shows by its references', async () => {
  const { Tracer } = native();
  const tracer = new Tracer({ loadMs: 30_000, loadMemory: 256 << 20 });
  try {
    const bytes = readFileSync(join(BPF_OBJECTS, 'checks/ebpf/maps.bpf.o'));
    const request = { scope: 'ebpf', shared: {}, maps: {}, knobs: {}, iterators: {}, called: {}, skip: [], cgroup: -1 };
    expect(tracer.load({ ...request, object: 'checks/ebpf/maps', bytes })).toMatchObject([{ attached: true }]);
    const references = (map: number): number | null => {
      const rows = new RowBuffer(bpf).read(tracer.link('ebpf', 'every_map'))!;
      return mapFacts(rows).get(map)?.references ?? null;
    };
    const id = await maps.make('shared', 'hash', { key: 4, value: 8, entries: 5000 });
    const counting = new EntryCounting(bpf, () => 1n);
    const facts = { ...open(id, (_, info) => info), frozen: false, entries: null, rings: null, references: 2 };
    const count = () => counting.round(1, new Map([[id, facts]]), 50e6).of(id);
    expect(count()).toMatchObject({ entries: 0, by: ENTRIES_BY.program });
    expect(references(id)).toBeGreaterThan(2);
    expect(counting.release(references)).toEqual(new Set());
    await maps.do({ drop: 'shared' });
    await expect.poll(() => references(id), { timeout: 5000 }).toBe(2);
    expect(counting.release(references)).toEqual(new Set([id]));
    await expect.poll(() => references(id), { timeout: 5000 }).toBeNull();
    counting.close();
  } finally {
    tracer.close();
  }
});

test('no memory grows on repeat', async () => {
  const id = await maps.make('repeated', 'percpu_hash', { key: 50, value: 150, entries: 1000 });
  await maps.fill('repeated', 1000);
  const counting = counter();
  const round = (): void => {
    for (const way of WAYS) expect(count(counting, way, id).state).toBe('done');
  };
  for (let i = 0; i < 200; i++) round();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 1000; i++) round();
  expect(process.memoryUsage().rss - before).toBeLessThan(16 << 20);
  expect(counting.programs().length).toBe(1);
});
