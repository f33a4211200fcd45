/** Every map and program of the host, as a user takes them: what they are, who holds them, and what the kernel's own tool says. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, onTestFinished, type TestContext, test } from 'vitest';
import type { EbpfMap } from '../../src/checks/ebpf/generated/ebpf-map.js';
import type { EbpfProgram } from '../../src/checks/ebpf/generated/ebpf-program.js';
import type { EbpfTotal } from '../../src/checks/ebpf/generated/ebpf-total.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { BpfMaps, NO_PREALLOC } from './support/bpf-maps.js';
import { COMMAND, inFolder } from './support/checkout.js';
import { Observer } from './support/observe.js';

const PAGE = 4096;
const ALONE = ['--without', 'connections', '--with', 'ebpf', '--set', 'ebpf.interval=500'];
const EVERYTHING = ['--records', 'ebpf_map,ebpf_program,ebpf_total'];

type Line = { record: string } & Record<string, unknown>;

beforeEach((context) => need(context as TestContext, 'live', lacksLive()));

/** Lines that are whole by now. */
function linesOf(path: string): Line[] {
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function of<T extends { round: number }>(lines: readonly Line[], record: string): T[] {
  return lines.filter((line) => line.record === record) as unknown as T[];
}

/** Waits until a round has ended that began after now. @returns its records */
async function nextRound(path: string): Promise<{ maps: EbpfMap[]; programs: EbpfProgram[]; totals: EbpfTotal[] }> {
  const last = (): number => Math.max(0, ...of<EbpfTotal>(linesOf(path), 'ebpf_total').map(({ round }) => round));
  const wanted = last() + 2;
  await expect.poll(last, { timeout: 20_000, interval: 50 }).toBeGreaterThanOrEqual(wanted);
  const lines = linesOf(path);
  const inRound = <T extends { round: number }>(record: string) =>
    of<T>(lines, record).filter(({ round }) => round === wanted);
  return {
    maps: inRound<EbpfMap>('ebpf_map'),
    programs: inRound<EbpfProgram>('ebpf_program'),
    totals: inRound<EbpfTotal>('ebpf_total'),
  };
}

test('twelve maps of known types and fills: types, sizes, entries and owners', () =>
  inFolder(async (folder) => {
    const maps = new BpfMaps();
    const small = { key: 4, value: 8, entries: 100 };
    const expected = new Map<number, object>();
    const make = async (type: Parameters<BpfMaps['make']>[1], made: Parameters<BpfMaps['make']>[2], what: object) => {
      const name = `t_${type}`.slice(0, 15);
      const id = await maps.make(name, type, made);
      const { key: key_size, value: value_size, entries: max_entries, flags = 0 } = made;
      expected.set(id, { name, type, key_size, value_size, max_entries, flags, ...what });
      return name;
    };
    const none = { entries: null, entries_by: null, entries_reason: 'not_countable' };
    await maps.fill(await make('hash', small, { entries: 50 }), 50);
    await maps.fill(await make('lru_hash', small, { entries: 20 }), 20);
    await maps.fill(await make('percpu_hash', small, { entries: 30 }), 30);
    await make('array', small, { entries: 100, entries_by: 'size' });
    await make('percpu_array', small, { entries: 100, entries_by: 'size' });
    await maps.fill(await make('lpm_trie', { ...small, key: 8, flags: NO_PREALLOC }, { entries: 7 }), 7);
    const ring = { rings: 1, bytes: 8192, mapped_bytes: PAGE + 2 * 8192, consumer_mapped_bytes: PAGE, mappings: 2 };
    const ringName = await make(
      'ringbuf',
      { key: 0, value: 0, entries: 8192 },
      { ...none, buffer: ring, buffer_source: 'iterator' },
    );
    await maps.do({ map: ringName, bytes: 8192 });
    await make('perf_event_array', { key: 4, value: 4, entries: 2 }, none);
    await maps.make('t_inner', 'array', { key: 4, value: 4, entries: 1 });
    const outer = await make('hash_of_maps', { key: 4, value: 4, entries: 10, inner: 't_inner' }, { entries: 3 });
    await maps.do({ fill: outer, from: 0, to: 3, with: 't_inner' });
    await maps.do({ push: await make('queue', { key: 0, value: 4, entries: 10 }, none), count: 3 });
    await maps.do({ push: await make('bloom_filter', { key: 0, value: 4, entries: 10 }, none), count: 3 });
    await make('sk_storage', { key: 4, value: 4, entries: 0, flags: NO_PREALLOC }, none);
    expect(expected.size).toBe(12);
    const observer = await Observer.start(folder, ...ALONE, ...EVERYTHING);
    const found = await nextRound(observer.output);
    await observer.stop();
    for (const [id, what] of expected) {
      const record = found.maps.find((each) => each.id === id);
      expect(record).toMatchObject({ reason: null, owner_count: 1, pinned_count: 0, module: 'python3', ...what });
      expect(record!.owners).toMatchObject([{ pid: maps.pid, name: 'python3' }]);
    }
  }));

test('a perf buffer of 8 pages: its rings and all that they take', () =>
  inFolder(async (folder) => {
    const maps = new BpfMaps();
    const id = await maps.make('t_perf', 'perf_event_array', { key: 4, value: 4, entries: 64 });
    const { cpus } = await maps.do<{ cpus: number }>({ rings: 't_perf', pages: 8 });
    const observer = await Observer.start(folder, ...ALONE, ...EVERYTHING);
    const found = (await nextRound(observer.output)).maps.find((each) => each.id === id)!;
    await observer.stop();
    const bytes = cpus * (8 + 1) * PAGE;
    const buffer = { rings: cpus, bytes, mapped_bytes: bytes, consumer_mapped_bytes: 0, mappings: cpus };
    expect(found).toMatchObject({ buffer, buffer_source: 'iterator', memory_model: bytes + 64 * 8 + 320 });
  }));

test('maps of 1,000 entries of 50 and 150 bytes take at least what is in them', () =>
  inFolder(async (folder) => {
    const maps = new BpfMaps();
    const naive = new Map<number, number>();
    const cpus = Number(execFileSync('nproc', ['--all'], { encoding: 'utf8' }));
    for (const type of [
      'hash',
      'lru_hash',
      'percpu_hash',
      'lru_percpu_hash',
      'array',
      'percpu_array',
      'lpm_trie',
    ] as const) {
      const key = type.endsWith('array') ? 4 : type === 'lpm_trie' ? 8 : 50;
      const flags = type === 'lpm_trie' ? NO_PREALLOC : 0;
      const id = await maps.make(`n_${type}`.slice(0, 15), type, { key, value: 150, entries: 1000, flags });
      const keys = type.endsWith('array') ? 0 : key;
      naive.set(id, 1000 * (keys + 150 * (type.includes('percpu') ? cpus : 1)));
    }
    const observer = await Observer.start(folder, ...ALONE, ...EVERYTHING);
    const { maps: found } = await nextRound(observer.output);
    await observer.stop();
    for (const [id, bytes] of naive)
      expect(found.find((each) => each.id === id)!.memory_model).toBeGreaterThanOrEqual(bytes);
  }));

test('our figures beside those of bpftool, for every object of the host', (context) => {
  need(context, 'bpftool', lacksCommand('bpftool'));
  return inFolder(async (folder) => {
    const maps = new BpfMaps();
    const path = '/sys/fs/bpf/conntrail_test';
    rmSync(path, { recursive: true, force: true });
    await maps.make('pinned', 'hash', { key: 4, value: 8, entries: 10 });
    // Both see the objects of a tracer, with programs of many types.
    const observer = await Observer.start(folder, '--with', 'ebpf', '--set', 'ebpf.interval=500', ...EVERYTHING);
    if (existsSync('/sys/fs/bpf') && /\sbpf\s/.test(readFileSync('/proc/mounts', 'utf8'))) {
      mkdirSync(path);
      await maps.do({ pin: 'pinned', path: `${path}/map` });
    }
    const bpftool = (...words: string[]) =>
      JSON.parse(execFileSync('bpftool', ['-j', '-f', ...words], { encoding: 'utf8' }) || '[]');
    const list = (kind: string) => bpftool(kind, 'show') as { id: number }[];
    // Each by itself: in a list, bpftool 7.1 shows the BTF of one map at those behind it that have none.
    const show = (kind: string): Record<string, unknown>[] =>
      list(kind).flatMap(({ id }) => {
        try {
          return [bpftool(kind, 'show', 'id', String(id)) as Record<string, unknown>];
        } catch {
          return [];
        }
      });
    const [theirMaps, theirPrograms] = [show('map'), show('prog')];
    const found = await nextRound(observer.output);
    const [laterMaps, laterPrograms] = [show('map'), show('prog')];
    await observer.stop();
    rmSync(path, { recursive: true, force: true });
    // What was there before and after was there in between.
    const lasting = (before: Record<string, unknown>[], after: Record<string, unknown>[]) =>
      before.filter(({ id }) => after.some((each) => each.id === id));
    // Entries of a map that is not allocated at once (BPF_F_NO_PREALLOC) come and go with the host's traffic, and their memory with them.
    const steady = ({ flags }: Record<string, unknown>) => ((flags as number) & 1) === 0;
    for (const theirs of lasting(theirMaps, laterMaps)) {
      const ours = found.maps.filter(({ id }) => id === theirs.id);
      expect(ours, `map ${theirs.id}`).toMatchObject([
        {
          name: theirs.name ?? null,
          type: theirs.type,
          key_size: theirs.bytes_key,
          value_size: theirs.bytes_value,
          max_entries: theirs.max_entries,
          flags: theirs.flags,
          frozen: theirs.frozen === 1,
          btf_id: theirs.btf_id ?? null,
          ...(steady(theirs) ? { memory_kernel: theirs.bytes_memlock } : {}),
          ...('pinned' in theirs ? { pinned: theirs.pinned } : {}),
        },
      ]);
    }
    for (const theirs of lasting(theirPrograms, laterPrograms)) {
      const ours = found.programs.filter(({ id }) => id === theirs.id);
      expect(ours, `program ${theirs.id}`).toMatchObject([
        {
          name: theirs.name ?? null,
          type: theirs.type,
          tag: theirs.tag,
          gpl_compatible: theirs.gpl_compatible,
          uid: theirs.uid,
          xlated_bytes: theirs.bytes_xlated,
          jited_bytes: theirs.bytes_jited,
          memory_kernel: theirs.bytes_memlock,
          btf_id: theirs.btf_id ?? null,
        },
      ]);
      // bpftool has whole seconds, from clocks that it reads one after the other.
      expect(Math.abs(Date.parse(`${ours[0]!.loaded}`) / 1000 - (theirs.loaded_at as number))).toBeLessThan(2);
    }
    // And nothing that is in none of theirs.
    const known = new Set([...theirMaps, ...laterMaps].map(({ id }) => id));
    // But for what came in between and has gone again, of others.
    expect(found.maps.filter(({ id, owners }) => !known.has(id) && owners.some(({ pid }) => pid === maps.pid))).toEqual(
      [],
    );
    expect(new Set(found.maps.map(({ id }) => id)).size).toBe(found.maps.length);
    expect(new Set(found.programs.map(({ id }) => id)).size).toBe(found.programs.length);
    if (lasting(theirMaps, laterMaps).some(({ name }) => name === 'pinned') && existsSync('/sys/fs/bpf')) {
      expect(found.maps.find(({ name }) => name === 'pinned')!.owners.map(({ pid }) => pid)).toEqual([maps.pid]);
    }
  });
});

test('totals are the sums of the rows, and what is ours is called so', () =>
  inFolder(async (folder) => {
    const maps = new BpfMaps();
    await maps.make('theirs', 'hash', { key: 4, value: 8, entries: 10 });
    const observer = await Observer.start(folder, '--with', 'ebpf', '--set', 'ebpf.interval=500', ...EVERYTHING);
    const { maps: found, programs, totals } = await nextRound(observer.output);
    const { status } = await observer.stop();
    expect(status).toBe(0);
    const all = totals.find(({ scope }) => scope === 'all')!;
    const sum = (values: (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);
    expect(all).toMatchObject({
      maps: found.length,
      programs: programs.length,
      map_memory_kernel: sum(found.map(({ memory_kernel }) => memory_kernel)),
      xlated_bytes: sum(programs.map(({ xlated_bytes }) => xlated_bytes)),
    });
    const ours = programs.filter(({ module }) => module === 'conntrail');
    expect(ours.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['every_map', 'every_program', 'tcp_set_state']),
    );
    // Constants and variables too, which only programs keep.
    expect(found.find(({ name, module }) => name === 'maps.rodata' && module === 'conntrail')).toBeDefined();
    for (const { name, attachments } of ours) {
      if (name === 'tcp_set_state') expect(attachments).toMatchObject([{ target: 'inet_sock_set_state' }]);
      if (name === 'every_map') expect(attachments).toMatchObject([{ type: 'iter', target: 'bpf_map' }]);
    }
  }));

/** What looks at open connections, on either rung. */
const SNAPSHOTS = ['snapshot_tcp', 'walk_tcp'];

/** Whether the kernel counts runs, by a program that is called again and again: its count moves on or stands still. */
async function countsRuns(id: number): Promise<boolean> {
  const runs = (): number => {
    const told = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show', 'id', String(id)], { encoding: 'utf8' }));
    return (told as { run_cnt?: number }).run_cnt ?? 0;
  };
  const before = runs();
  // It is run every second.
  await sleep(2500);
  return runs() > before;
}

test('statistics are on while somebody takes records of programs, and off after it was killed', (context) => {
  need(context, 'bpftool', lacksCommand('bpftool'));
  const sysctl = readFileSync('/proc/sys/kernel/bpf_stats_enabled', 'utf8').trim();
  need(context, 'statistics off', sysctl === '0' ? null : 'run-time statistics are on here anyway');
  return inFolder(async (folder) => {
    const witness = await Observer.start(folder, '--records', 'connection');
    const { id } = (
      JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' })) as {
        id: number;
        name: string;
      }[]
    ).find(({ name }) => SNAPSHOTS.includes(name))!;
    expect(await countsRuns(id)).toBe(false);
    await inFolder(async (other) => {
      const maps = await Observer.start(other, ...ALONE, '--records', 'ebpf_map');
      await nextRoundOfMaps(maps.output);
      expect(await countsRuns(id)).toBe(false);
      await maps.stop();
    });
    await inFolder(async (other) => {
      const programs = await Observer.start(other, ...ALONE, ...EVERYTHING);
      const { programs: found } = await nextRound(programs.output);
      expect(await countsRuns(id)).toBe(true);
      expect(found.find((each) => each.id === id)!.statistics_since).not.toBeNull();
      // It runs once a second, in every other round.
      const told = of<EbpfProgram>(linesOf(programs.output), 'ebpf_program').filter((each) => each.id === id);
      const measured = told.flatMap(({ since_last }) => (since_last === null ? [] : [since_last]));
      expect(measured.some(({ runs, core_share }) => runs > 0 && core_share > 0)).toBe(true);
      await programs.stop('SIGKILL');
    });
    await expect.poll(() => countsRuns(id), { timeout: 20_000 }).toBe(false);
    await witness.stop();
  });
});

async function nextRoundOfMaps(path: string): Promise<void> {
  const last = (): number => Math.max(0, ...of<EbpfMap>(linesOf(path), 'ebpf_map').map(({ round }) => round));
  await expect.poll(last, { timeout: 20_000, interval: 50 }).toBeGreaterThanOrEqual(2);
}

test('a map that is changed 100,000 times a second: its entries are within the bounds', () =>
  inFolder(async (folder) => {
    const maps = new BpfMaps();
    const keys = 2000;
    const id = await maps.make('churned', 'hash', { key: 4, value: 8, entries: keys });
    await maps.fill('churned', keys);
    const observer = await Observer.start(
      folder,
      '--without',
      'connections',
      '--with',
      'ebpf',
      '--set',
      'ebpf.interval=100',
      ...EVERYTHING,
    );
    const { changes, seconds, least, most } = await maps.do<{
      changes: number;
      seconds: number;
      least: number;
      most: number;
    }>({
      churn: 'churned',
      keys,
      rate: 150_000,
      seconds: 5,
    });
    await observer.stop();
    // How many in a second is the machine's matter.
    console.log(`${Math.round(changes / seconds)} changes a second`);
    expect(changes).toBeGreaterThan(100_000);
    const found = of<EbpfMap>(linesOf(observer.output), 'ebpf_map').filter((each) => each.id === id);
    expect(found.length).toBeGreaterThan(10);
    for (const { entries } of found) {
      // The kernel adds up what each CPU has counted, one after the other.
      expect(entries).toBeGreaterThanOrEqual(least * 0.9);
      expect(entries).toBeLessThanOrEqual(most * 1.1);
    }
  }));

test('without CAP_SYS_ADMIN: every object, and why less is known of it', (context) => {
  need(context, 'setpriv', lacksCommand('setpriv'));
  return inFolder(async (folder) => {
    const maps = new BpfMaps();
    const hash = await maps.make('t_hash', 'hash', { key: 4, value: 8, entries: 100 });
    await maps.fill('t_hash', 50);
    const trie = await maps.make('t_trie', 'lpm_trie', { key: 8, value: 8, entries: 100, flags: NO_PREALLOC });
    await maps.fill('t_trie', 7);
    const output = `${folder}/out.ndjson`;
    const without = [
      '--bounding-set=-sys_admin,-sys_resource',
      '--pdeathsig',
      'KILL',
      COMMAND,
      'observe',
      '-o',
      'ndjson',
    ];
    const child = spawn('setpriv', [...without, ...ALONE, ...EVERYTHING], {
      stdio: ['ignore', openSync(output, 'w'), 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const { maps: found, programs } = await nextRound(output);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    for (const [id, entries] of [
      [hash, 50],
      [trie, 7],
    ] as const) {
      const known = { reason: 'refused', module: 'python3', entries, entries_by: 'kernel_sum', memory_kernel: null };
      expect(found.find((each) => each.id === id)).toMatchObject(known);
    }
    const ours = programs.find(({ name }) => name === 'every_map')!;
    expect(ours).toMatchObject({ module: 'conntrail', reason: 'refused', attachments: [{ type: 'iter' }] });
    expect(ours.jited_bytes).toBeGreaterThan(0);
  });
});

test('objects that come and go while they are read are told, or counted as vanished', () =>
  inFolder(async (folder) => {
    const maps = new BpfMaps();
    const observer = await Observer.start(
      folder,
      '--without',
      'connections',
      '--with',
      'ebpf',
      '--set',
      'ebpf.interval=100',
      ...EVERYTHING,
    );
    for (let i = 0; i < 1500; i++) {
      await maps.make('short', 'array', { key: 4, value: 8, entries: 1 });
      await maps.do({ drop: 'short' });
    }
    const { status } = await observer.stop();
    const lines = linesOf(observer.output);
    const rows = lines
      .filter(({ record }) => record === 'ledger')
      .flatMap(
        ({ accounts }) => accounts as ({ feature: string; lost: Record<string, number> } & Record<string, number>)[],
      )
      .filter(({ feature }) => feature === 'ebpf');
    const total = (name: string): number => rows.reduce((all, row) => all + row[name]!, 0);
    const vanished = rows.reduce((all, { lost }) => all + lost.vanished! + lost.unreadable!, 0);
    expect(total('attempted')).toBe(total('emitted') + total('pending') + vanished);
    expect(total('given')).toBe(
      lines.filter(({ record }) => record === 'ebpf_map' || record === 'ebpf_program').length,
    );
    expect([0, 5, 6]).toContain(status);
  }));
