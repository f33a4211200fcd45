import { expect, test } from 'vitest';
import type { EbpfTotal } from '../../../src/checks/ebpf/generated/ebpf-total.js';
import { KIND } from '../../../src/checks/ebpf/layout.gen.js';
import { mapFrame, programFrame, READ_NS } from '../../support/ebpf-frames.js';
import { ListWriter } from '../../support/list-writer.js';
import { EbpfSession } from './session.js';

const S = 1_000_000_000;

/** A generator of numbers, the same each time (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const sum = <T>(items: readonly T[], of: (item: T) => number | null | undefined): number =>
  items.reduce((all, item) => all + (of(item) ?? 0), 0);
const count = <T>(items: readonly T[], is: (item: T) => boolean): number => items.filter(is).length;

/** What a total has to say, from the records themselves. */
function summed(session: EbpfSession, round: number, isIn: (module: string | null) => boolean) {
  const maps = session.maps.filter((each) => each.round === round && isIn(each.module));
  const programs = session.programs.filter((each) => each.round === round && isIn(each.module));
  return {
    maps: maps.length,
    map_memory_model: sum(maps, (each) => each.memory_model),
    maps_without_model: count(maps, (each) => each.memory_model === null),
    map_memory_kernel: sum(maps, (each) => each.memory_kernel),
    maps_without_kernel: count(maps, (each) => each.memory_kernel === null),
    programs: programs.length,
    program_memory_model: sum(programs, (each) => each.memory_model),
    program_memory_kernel: sum(programs, (each) => each.memory_kernel),
    programs_without_kernel: count(programs, (each) => each.memory_kernel === null),
    xlated_bytes: sum(programs, (each) => each.xlated_bytes),
    jited_bytes: sum(programs, (each) => each.jited_bytes),
    verified_instructions: sum(programs, (each) => each.verified_instructions),
    programs_measured: count(programs, (each) => each.since_last !== null),
    run_time_ns: sum(programs, (each) => each.since_last?.run_time_ns),
    runs: sum(programs, (each) => each.since_last?.runs),
    recursion_misses: sum(programs, (each) => each.since_last?.recursion_misses),
    core_share: sum(programs, (each) => each.since_last?.core_share),
  };
}

/** Three rounds of what a generator thinks of; each total is the sum of its records, and all parts make all. */
function check(seed: number, most: number): void {
  const random = generator(seed);
  const session = new EbpfSession({ modules: most });
  const owners = Array.from({ length: 6 }, (_, i) => [{ pid: 100 + i, name: `loader-${i}` }]);
  const objects = Array.from({ length: 1 + random(60) }, (_, i) => ({
    id: 1 + i,
    isMap: random(2) === 0,
    owner: owners[random(8)],
    ours: random(9) === 0,
    type: random(36),
    perRun: random(1000),
  }));
  for (let round = 1; round <= 3; round++) {
    const bootNs = READ_NS + round * S;
    for (const { id, isMap, owner, ours, type, perRun } of objects) {
      if (random(12) === 0) continue;
      const known = random(6) === 0 ? { known: 0 } : {};
      const common = { id, round, bootNs, ours, ...known, ...(owner ? { owners: owner } : {}) };
      const memory = random(5) === 0 ? {} : { memlock: random(1 << 30) };
      if (isMap)
        session.map({
          ...common,
          ...memory,
          type,
          keySize: random(64),
          valueSize: random(999),
          maxEntries: random(1e5),
        });
      else {
        const runs = random(7) === 0 ? {} : { runs: { timeNs: round * perRun * 1000, count: round * perRun } };
        const misses = random(3) === 0 ? {} : { misses: round * random(5) };
        const sizes = { xlatedBytes: random(1e5), jitedBytes: random(1e5), verified: random(1e6) };
        session.program({
          ...common,
          ...memory,
          ...runs,
          ...misses,
          ...('known' in known ? {} : sizes),
          statisticsSinceNs: random(10) === 0 ? 0 : READ_NS,
        });
      }
    }
    session.end({ round, endedNs: bootNs, maps: 70, programs: 80, cpuNs: 5000, countingNs: 2000 });
  }
  for (let round = 1; round <= 3; round++) {
    const totals = session.totals.filter((each) => each.round === round);
    const all = totals.at(-1);
    const parts = totals.slice(0, -1);
    const told = parts.filter(({ scope }) => scope === 'module').map(({ module }) => module);
    expect(all).toMatchObject({ scope: 'all', module: null, reading: { maps_listed: 70, programs_listed: 80 } });
    expect(told).toEqual([...told].sort());
    expect(told.length).toBeLessThanOrEqual(most);
    for (const total of totals) {
      const isIn = {
        all: () => true,
        module: (module: string | null) => module === total.module,
        unknown: (module: string | null) => module === null,
        rest: (module: string | null) => module !== null && !told.includes(module),
      }[total.scope as EbpfTotal['scope']];
      expect(total).toMatchObject(summed(session, round, isIn));
    }
    for (const field of Object.keys(summed(session, round, () => true)) as (keyof EbpfTotal)[]) {
      if (field === 'core_share') continue;
      expect(
        sum(parts, (part) => part[field] as number),
        field,
      ).toBe(all![field]);
    }
  }
  expect(session.row()).toMatchObject({ discarded: { impossible: 0 } });
}

test('totals are the sums of the records, by module and in all', () => {
  for (let seed = 1; seed <= 60; seed++) check(seed, 256);
});

test('modules beyond the bound are summed up together', () => {
  for (let seed = 100; seed <= 130; seed++) check(seed, 2);
});

test('a round without objects has a sum too', () => {
  const session = new EbpfSession();
  session.end({ round: 4, maps: 2 });
  expect(session.totals).toMatchObject([{ scope: 'all', round: 4, maps: 0, programs: 0, reading: { maps_listed: 2 } }]);
});

test('a round whose end did not come has no sum, and is counted', () => {
  const session = new EbpfSession();
  session.map({ round: 1 });
  session.map({ round: 2, id: 8 });
  session.end({ round: 2 });
  expect(session.totals).toMatchObject([
    { scope: 'unknown', round: 2, maps: 1 },
    { scope: 'all', round: 2, maps: 1 },
  ]);
  expect(session.statistics).toMatchObject({ rounds: 1, unfinished: 1 });
});

test('what the sums would not hold exactly is discarded', () => {
  const session = new EbpfSession();
  for (let id = 1; id <= 600; id++) session.map({ id, memlock: 2 ** 44 });
  session.end();
  expect(session.maps).toHaveLength(511);
  expect(session.totals.at(-1)).toMatchObject({ maps: 511, map_memory_kernel: 511 * 2 ** 44 });
  expect(session.row()).toMatchObject({ given: 511, discarded: { impossible: 89 } });
});

test('a client that came in the middle of a round is told no sums of it', () => {
  const session = new EbpfSession();
  session.map({ id: 1 });
  const late = new ListWriter();
  session.pipeline.addClient(late.client);
  session.map({ id: 2 });
  session.end();
  session.map({ id: 1, round: 2 });
  session.end({ round: 2 });
  expect(late.others.map(({ record }) => record)).toEqual(['ebpf_map', 'ebpf_map', 'ebpf_total', 'ebpf_total']);
  expect(session.totals).toHaveLength(4);
});

test('kinds are what the layout says', () => {
  expect([mapFrame({}).length % 8, programFrame({}).length % 8]).toEqual([0, 0]);
  expect(KIND).toEqual({ map: 0x2101, program: 0x2102, round: 0x2103 });
});
