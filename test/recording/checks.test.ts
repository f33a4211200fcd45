/** Recorded live by test/recordings/record-checks, in a guest: maps and a program of known contents, queues of known fill. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EBPF } from '../../src/checks/ebpf/feature.js';
import { TCP_QUEUE_LENGTH } from '../../src/checks/tcp-queue-length/feature.js';
import { openReplay } from '../../src/index.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { verify } from '../../src/verify/verify.js';
import { inUtc } from '../support/utc.js';
import { replayed } from './replayed.js';

const pathOf = (name: string): string => fileURLToPath(new URL(`../recordings/${name}.ctr`, import.meta.url));

/** What guest/objects.py made: type and entries by name; null where nothing can count them. */
const MADE: Readonly<Record<string, readonly [type: string, entries: number | null]>> = {
  t_hash: ['hash', 700],
  t_lru: ['lru_hash', 100],
  t_cpu_hash: ['percpu_hash', 50],
  t_array: ['array', 30],
  t_cpu_array: ['percpu_array', 20],
  t_trie: ['lpm_trie', 30],
  t_ring: ['ringbuf', null],
  t_perf: ['perf_event_array', null],
  t_queue: ['queue', null],
  t_bloom: ['bloom_filter', null],
};

describe.each([
  { name: 'ebpf', feature: EBPF },
  { name: 'tcp_queue', feature: TCP_QUEUE_LENGTH },
])('recorded: $name', ({ name, feature }) => {
  inUtc();

  test('is accounted for', async () => {
    const { faults, lost, types } = await verify(pathOf(name));
    expect({ faults, lost }).toEqual({ faults: [], lost: 0 });
    for (const type of feature.records) expect(types[type.name]?.records, type.name).toBeGreaterThan(0);
  });

  test('gives the same bytes as ever', async () => {
    const text = await replayed(pathOf(name), (sink) => new NdjsonWriter(sink));
    await expect(text).toMatchFileSnapshot(`../golden/${name}.ndjson`);
  });

  test('is a table', async () => {
    const tables = await feature.tables!();
    const style = { wide: false, colour: false, size: () => ({ columns: 80, rows: null }) };
    const text = await replayed(pathOf(name), (sink) => new TableWriter(sink, tables, style));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await expect(text).toMatchFileSnapshot(`../golden/${name}-80.txt`);
  });
});

test('every map that was made is in every round, with its entries', async () => {
  await using recorded = await openReplay(pathOf('ebpf'));
  const rounds = new Map<number, Map<string, readonly [string, number | null]>>();
  for await (const { round, name, type, entries } of recorded.records('ebpf_map')) {
    const maps = rounds.get(round) ?? rounds.set(round, new Map()).get(round)!;
    if (name !== null && name in MADE) maps.set(name, [type, entries]);
  }
  expect([...rounds.keys()].length).toBeGreaterThan(1);
  for (const maps of rounds.values()) expect(Object.fromEntries(maps)).toEqual(MADE);
});

test('the program that was made ran between two rounds', async () => {
  await using recorded = await openReplay(pathOf('ebpf'));
  const runs: (bigint | number | undefined)[] = [];
  for await (const { name, since_last } of recorded.records('ebpf_program')) {
    if (name === 't_filter') runs.push(since_last?.runs as bigint | number | undefined);
  }
  expect(runs[0]).toBeUndefined();
  for (const count of runs.slice(1)) expect(Number(count)).toBeGreaterThan(0);
});

test('queues were as full as their owner had them', async () => {
  await using recorded = await openReplay(pathOf('tcp_queue'));
  const held: object[] = [];
  for await (const queue of recorded.records('tcp_queue'))
    if (queue.cgroup.path === '/conntrail-queues') held.push(queue);
  expect(held.length).toBeGreaterThan(1);
  const owner = { name: 'slow' };
  expect(held.at(-1)).toMatchObject({
    receive: { connection: { process: owner } },
    send: { connection: { process: owner } },
    accept: { waiting: 3, backlog: 2, permille: 1500, listener: { process: owner } },
  });
});
