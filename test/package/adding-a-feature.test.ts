/**
 * docs/adding-a-feature.md, followed to the letter: the files it shows are put into a copy of the checkout, nothing else is changed, its
 * commands are run, and the feature works.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = readFileSync(join(CHECKOUT, 'docs/adding-a-feature.md'), 'utf8');
/** A file, or lines for one: heading with its path, text, and a fenced block. */
const BLOCK = /^#### `([^`]+)`(?:, below `([^`]+)`)?\n[^#]*?^```\w+\n([\s\S]*?)^```$/gm;
/** Written by the generator of records. */
const GENERATED = /^src\/(record[\w-]*\.gen\.ts|execs\/generated\/.*)$/;
/** Longer than a program takes to show up. */
const TOLD_MS = 60_000;

interface Block {
  readonly path: string;
  /** The line below which it goes, in a file that is there; undefined: it is the file. */
  readonly below: string | undefined;
  readonly text: string;
}

const blocks: Block[] = [...GUIDE.matchAll(BLOCK)].map(([, path, below, text]) => ({
  path: path!,
  below,
  text: text!,
}));
const section = GUIDE.split('\n## Build it\n')[1]!;
const commands = /^```sh\n([\s\S]*?)^```$/m
  .exec(section)![1]!
  .trim()
  .split('\n')
  .map((line) => line.replace(/ {3,}#.*$/, ''));
/** As the guide has it, but for sudo. */
const observe = /^sudo (bin\/conntrail observe .*)$/m.exec(section)![1]!;

let copy = '';

const lack =
  lacksCommand('clang') ??
  lacksCommand('bpftool') ??
  (existsSync('/sys/kernel/btf/vmlinux') ? null : 'this kernel has no BTF') ??
  (existsSync(join(CHECKOUT, 'build/bpf/SHA256SUMS')) ? null : 'this checkout is not built');

function run(command: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: copy, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** Puts the blocks where they belong; what has a place already gets lines only. */
function place({ path, below, text }: Block): void {
  const file = join(copy, path);
  if (below === undefined) {
    expect(existsSync(file), path).toBe(false);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.trim() === below);
  expect(at, `${path} has the line ${below}`).toBeGreaterThanOrEqual(0);
  writeFileSync(file, [...lines.slice(0, at + 1), text.trimEnd(), ...lines.slice(at + 1)].join('\n'));
}

beforeAll(() => {
  if (lack !== null) return;
  copy = mkdtempSync(join(tmpdir(), 'conntrail-guide-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  const preserved = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
  for (const name of files.split('\0').filter((name) => name !== '' && existsSync(join(CHECKOUT, name))))
    cpSync(join(CHECKOUT, name), join(copy, name), preserved);
  for (const name of ['build/native', 'build/bpf', 'build/deps', 'build/vmlinux'])
    if (existsSync(join(CHECKOUT, name))) cpSync(join(CHECKOUT, name), join(copy, name), preserved);
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
  // What lints and formats asks git which files there are.
  expect(run('git init -q . && git add -A')).toMatchObject({ status: 0 });
  for (const block of blocks) place(block);
});

afterAll(() => {
  if (copy !== '' && process.env.CONNTRAIL_KEEP === undefined) rmSync(copy, { recursive: true, force: true });
});

test('the guide shows all that is needed, in files of the feature’s own but for the lists', () => {
  const added = blocks.filter(({ below }) => below !== undefined).map(({ path }) => path);
  expect(new Set(added)).toEqual(new Set(['bpf/include/frame.h', 'src/features.ts']));
  expect(blocks.length - added.length).toBeGreaterThan(8);
  expect(commands.length).toBeGreaterThan(3);
});

test('its commands succeed', (context) => {
  need(context, 'build', lack);
  for (const command of commands) {
    const { status, output } = run(command);
    expect(status, `${command}\n${output}`).toBe(0);
  }
  expect(run('make -s check-layout && node scripts/generate-records.mjs --check')).toMatchObject({ status: 0 });
  expect(run('npx tsc -p tsconfig.json')).toEqual({ status: 0, output: '' });
  expect(run('bin/conntrail features').output).toMatch(/^execs +off +processes that run a new program$/m);
  expect(run('bin/conntrail schema print exec').output).toContain('A process that began to run a program.');
});

test('its files are formatted as those of the house', (context) => {
  need(context, 'build', lack);
  const own = blocks.filter(({ path }) => /\.(ts|mjs)$/.test(path)).map(({ path }) => path);
  const linted = run(`npx biome check --error-on-warnings ${own.join(' ')}`);
  expect(linted.status, linted.output).toBe(0);
  if (lacksCommand('clang-format') !== null) return;
  const c = blocks.filter(({ path }) => /\.[ch]$/.test(path)).map(({ path }) => path);
  const formatted = run(`clang-format --dry-run --Werror ${c.join(' ')}`);
  expect(formatted.status, formatted.output).toBe(0);
});

test('only what the guide names differs afterwards', (context) => {
  need(context, 'build', lack);
  const changed = run('git status --porcelain --untracked-files=all --no-renames')
    .output.split('\n')
    .filter((line) => /^.[M?D]/.test(line))
    .map((line) => line.slice(3));
  const generated = ['docs/features.md', 'docs/records.md', 'src/execs/layout.gen.ts'];
  const named = new Set([...blocks.map(({ path }) => path), ...generated]);
  expect(changed.filter((path) => !named.has(path) && !GENERATED.test(path))).toEqual([]);
});

test('live, a program that is run is told; the output verifies, and replays', async (context) => {
  need(context, 'build', lack);
  need(context, 'live', lacksLive());
  const [program, ...args] = `${observe} --record trace.ctr --ready-file ready`.split(' ');
  const tracer = spawn(program!, args, { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', error: '' };
  tracer.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text;
  });
  const ended = new Promise<number | null>((resolve) => tracer.on('close', resolve));
  let ran = 0;
  try {
    await expect.poll(() => existsSync(join(copy, 'ready')), { timeout: TOLD_MS }).toBe(true);
    ran = spawn('/usr/bin/env', ['true'], { stdio: 'ignore' }).pid!;
    await expect.poll(() => said.out, { timeout: TOLD_MS }).toContain(`"pid":${ran}`);
  } finally {
    tracer.kill('SIGINT');
  }
  expect(await ended, said.error).toBe(0);
  const records = said.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const files = records.filter(({ record, pid }) => record === 'exec' && pid === ran);
  expect(files).toMatchObject([
    { parent_pid: process.pid, uid: process.getuid!(), name: 'env', file: '/usr/bin/env' },
    { parent_pid: process.pid, name: 'true', file: expect.stringMatching(/\/true$/) },
  ]);
  const last = records.findLast(({ record }) => record === 'ledger');
  expect(last).toMatchObject({
    final: true,
    accounts: expect.arrayContaining([expect.objectContaining({ feature: 'execs', pending: 0, resident: 0 })]),
    hooks: expect.arrayContaining([
      expect.objectContaining({ feature: 'execs', group: 'exec', rung: 'tracepoint', state: 'live' }),
    ]),
  });
  writeFileSync(join(copy, 'out.ndjson'), said.out);
  for (const file of ['out.ndjson', 'trace.ctr']) {
    const { status, output } = run(`bin/conntrail verify ${file}`);
    expect(status, output).toBe(0);
  }
  const replayed = run('bin/conntrail replay trace.ctr --records exec -o ndjson 2>/dev/null');
  const told = (text: string) => text.split('\n').filter((line) => line.startsWith('{"record":"exec"'));
  expect(told(replayed.output)).toEqual(told(said.out));
});
