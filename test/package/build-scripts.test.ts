/** The scripts that make a checkout ready: what they refuse, what they do without a network, and that a second run does nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lacksCommand, need } from '../support/require.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-scripts-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const result = spawnSync(command, args, { cwd: CHECKOUT, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status: result.status, stderr: result.stderr.trim(), stdout: result.stdout };
}

/** A path with the shell's everyday tools and no package manager: fetching cannot reach any mirror. */
function offlinePath(): string {
  const path = mkdtempSync(join(folder, 'path-'));
  for (const tool of ['bash', 'cat', 'cp', 'dirname', 'env', 'mkdir', 'sha256sum']) {
    const found = (process.env.PATH ?? '').split(delimiter).find((part) => existsSync(join(part, tool)));
    if (found !== undefined) symlinkSync(join(found, tool), join(path, tool));
  }
  return path;
}

describe('fetch-sources', () => {
  const fetchSources = (env: NodeJS.ProcessEnv) =>
    run('scripts/fetch-sources', [mkdtempSync(join(folder, 'into-'))], { PATH: offlinePath(), ...env });

  test('refuses a given archive whose checksum is not the pinned one', () => {
    const wrong = join(folder, 'wrong.tar.gz');
    writeFileSync(wrong, 'not libbpf');
    const { status, stderr } = fetchSources({ CONNTRAIL_LIBBPF_SOURCE: wrong });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^conntrail: .*wrong\.tar\.gz is not libbpf [\d.]+: its SHA-256 is not [0-9a-f]{64}$/);
  });

  test('takes an archive that is already there, without a network', (context) => {
    const archive = join(CHECKOUT, 'build/deps/libbpf_1.5.0.orig.tar.gz');
    need(context, 'sources', existsSync(archive) ? null : 'libbpf was fetched as a crate here');
    const { status, stderr } = fetchSources({ CONNTRAIL_LIBBPF_SOURCE: archive });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('says in one line what to do when nothing can be fetched', () => {
    const { status, stderr } = fetchSources({ CONNTRAIL_LIBBPF_SOURCE: '' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^conntrail: cannot fetch libbpf .* set CONNTRAIL_LIBBPF_SOURCE=FILE$/);
  });
});

test('generated offsets that drifted from the headers are found', (context) => {
  need(context, 'bpftool', lacksCommand('bpftool'));
  const drifted = join(folder, 'layout.gen.ts');
  const committed = readFileSync(join(CHECKOUT, 'src/connections/layout.gen.ts'), 'utf8');
  writeFileSync(drifted, committed.replace(/cookie: 0,/, 'cookie: 8,'));
  const object = 'build/layout/connections/layout.bpf.o';
  expect(run('make', ['-s', object]).status).toBe(0);
  const check = (output: string) =>
    run('scripts/generate-layout.mjs', ['--check', object, output], { PATH: `${process.env.PATH}:/usr/sbin` });
  expect(check('src/connections/layout.gen.ts').status).toBe(0);
  expect(check(drifted)).toMatchObject({ status: 1, stderr: expect.stringContaining('make layout') });
});

test('a second set-up does nothing and says nothing', () => {
  expect(run('scripts/setup', ['--test']).status).toBe(0);
  expect(run('scripts/setup', ['--test'])).toEqual({ status: 0, stderr: '', stdout: '' });
});
