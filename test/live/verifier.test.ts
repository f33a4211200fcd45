/** What the verifier needs for each program, and that one for which it needs too much is refused while the host goes on. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import type { HookGroup, HookProgram } from '../../src/kernel/hook-groups.js';
import { LOAD_LIMITS } from '../../src/kernel/load-features.js';
import { BPF_OBJECTS, type TracerOptions } from '../../src/native/index.js';
import { lacksLive, need } from '../support/require.js';
import { ceilingOn, lacksCounts, overCeiling } from '../support/verifier.js';
import { CHECKOUT, COMMAND, inFolder } from './support/checkout.js';
import { kernelObjects, leftBehind } from './support/kernel-objects.js';
import { inMemoryCgroup } from './support/memory-cgroup.js';

/** Bytes of kernel memory that loading `greedy` takes when nobody stops it: measured 2.4 GB. */
const UNSTOPPED = 2 * 2 ** 30;
/** ms of CPU time: `slow` takes more than 8 s and our own objects, together, about 1 s, so that only a much slower machine would mix them up. */
const SHORT_MS = 2000;
/** Bytes: enough for Node and our own objects, less than LOAD_LIMITS would let the verifier have. */
const GROUP_MEMORY = 180 * 2 ** 20;

const LOADER = `${CHECKOUT}test/live/verifier/load.mjs`;
const DIST = `${CHECKOUT}dist`;

beforeAll(() => void execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/verifier`]));

/** Loads the objects of a folder, and lets go of them again. */
function load(objects: string, limits: TracerOptions): HookProgram[] {
  const { stdout, stderr } = spawnSync(process.execPath, command(objects, limits), { encoding: 'utf8' });
  expect(stderr).toBe('');
  return programsOf(stdout);
}

const command = (objects: string, limits: TracerOptions) => [LOADER, DIST, objects, JSON.stringify(limits)];
const programsOf = (json: string) => (JSON.parse(json) as HookGroup[]).flatMap(({ programs }) => programs);

/** The objects as built, but for one, in whose place is one of test/live/verifier. */
function objectsWith(strange: string, object: string, folder: string): string {
  cpSync(BPF_OBJECTS, folder, { recursive: true });
  copyFileSync(`${CHECKOUT}build/test/verifier/${strange}.bpf.o`, join(folder, `connections/${object}.bpf.o`));
  return folder;
}

const refused = (programs: readonly HookProgram[], group: string) =>
  programs.filter((program) => program.group === group && !program.attached);
const named = (programs: readonly HookProgram[], name: string) => programs.find(({ program }) => program === name);

/** The most kernel objects there were during `body`, in bytes above those before it. Seen by another process: `body` blocks this one. */
async function growth(folder: string, body: () => void): Promise<number> {
  const file = join(folder, 'unreclaimable');
  const watcher = spawn('sh', ['-c', `while sleep 0.02; do grep SUnreclaim /proc/meminfo >> '${file}'; done`]);
  const unreclaimable = (text: string) => Array.from(text.matchAll(/SUnreclaim: +(\d+) kB/g), ([, kb]) => Number(kb));
  const [before = 0] = unreclaimable(readFileSync('/proc/meminfo', 'utf8'));
  try {
    body();
  } finally {
    watcher.kill();
    await once(watcher, 'close');
  }
  return 1024 * (Math.max(...unreclaimable(readFileSync(file, 'utf8'))) - before);
}

test('no program needs more of the verifier than the ceiling', (context) => {
  need(context, 'live', lacksLive());
  const programs = load(BPF_OBJECTS, LOAD_LIMITS);
  need(context, 'verifier', lacksCounts(programs));
  expect(programs.filter(({ loaded }) => loaded).every(({ instructions }) => instructions! > 0)).toBe(true);
  expect(overCeiling(programs, ceilingOn(release()))).toBe('');
});

test('nor does one of a check', (context) => {
  need(context, 'live', lacksLive());
  const { status, stdout, stderr } = spawnSync(COMMAND, ['doctor', '-o', 'json'], { encoding: 'utf8' });
  expect(status, stderr).toBe(EXIT.ok);
  const { hook_groups: groups } = JSON.parse(stdout) as Diagnosis;
  const programs = groups.flatMap((group) => group.programs).filter(({ object }) => object.startsWith('checks/'));
  need(context, 'verifier', lacksCounts(programs));
  expect(programs.map(({ program }) => program)).toEqual(
    expect.arrayContaining(['mark_victim', 'every_map', 'queue_receive', 'queue_sweep']),
  );
  expect(overCeiling(programs, ceilingOn(release()))).toBe('');
});

test('our own objects are loaded under the limits as well', (context) => {
  need(context, 'live', lacksLive());
  const programs = load(BPF_OBJECTS, { ...LOAD_LIMITS, loadMs: 1 });
  expect(programs.map(({ group }) => group)).toEqual(expect.arrayContaining(['tcp', 'udp', 'owner', 'snapshot']));
  expect(programs.filter(({ group, exceeded }) => group === 'tcp' && exceeded !== 'time')).toEqual([]);
});

test('a program that takes too much memory is refused alone, and the host keeps its memory', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const before = kernelObjects();
    const objects = objectsWith('greedy', 'io', join(folder, 'bpf'));
    let programs: HookProgram[] = [];
    const grown = await growth(folder, () => {
      programs = load(objects, LOAD_LIMITS);
    });
    expect(named(programs, 'greedy')).toMatchObject({ loaded: false, attached: false, exceeded: 'memory' });
    expect(named(programs, 'greedy')!.reason).toMatch(
      /^the verifier took more than \d+ MiB of kernel memory and was stopped$/,
    );
    expect(named(programs, 'harmless')).toMatchObject({ attached: true, exceeded: null });
    for (const group of ['tcp', 'snapshot'] as const) expect(refused(programs, group)).toEqual([]);
    expect(grown).toBeLessThan(UNSTOPPED / 2);
    expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
  });
});

test('where a cgroup has less memory than the limit, the kernel takes the loading process and not ours', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const objects = objectsWith('greedy', 'io', join(folder, 'bpf'));
    const inside = ['-c', 'echo $$ > "$0" && exec "$@"'];
    const run = await inMemoryCgroup(GROUP_MEMORY, (group) =>
      spawnSync('sh', [...inside, group, process.execPath, ...command(objects, LOAD_LIMITS)], { encoding: 'utf8' }),
    );
    if (run === null) return need(context, 'memory-cgroup', 'no cgroup with a limit of memory can be made');
    expect({ status: run.status, signal: run.signal, stderr: run.stderr }).toEqual({
      status: 0,
      signal: null,
      stderr: '',
    });
    const programs = programsOf(run.stdout);
    expect(named(programs, 'greedy')).toMatchObject({ loaded: false, exceeded: 'memory' });
    for (const group of ['tcp', 'snapshot'] as const) expect(refused(programs, group)).toEqual([]);
  });
});

test('a program that takes too long is refused, and the next rung takes its place', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const before = kernelObjects();
    const objects = objectsWith('slow', 'snapshot', join(folder, 'bpf'));
    const programs = load(objects, { ...LOAD_LIMITS, loadMs: SHORT_MS });
    expect(refused(programs, 'tcp')).toEqual([]);
    // The walks: of the rung that was given up nothing is told.
    expect(programs.filter(({ group }) => group === 'snapshot').map(({ object }) => object)).toContain(
      'connections/walk',
    );
    expect(refused(programs, 'snapshot')).toEqual([]);
    expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
  });
});

test('a program that takes too long, and has no other rung, says so', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const programs = load(objectsWith('slow', 'io', join(folder, 'bpf')), { ...LOAD_LIMITS, loadMs: SHORT_MS });
    expect(refused(programs, 'owner')).toMatchObject([
      { program: 'slow', exceeded: 'time', reason: 'the verifier took more than 2 s and was stopped' },
    ]);
    expect(refused(programs, 'tcp')).toEqual([]);
  });
});
