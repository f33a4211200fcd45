/**
 * The package as another host gets it: packed, installed from the archive into an empty folder without running any script, and used
 * from there. No compiler, clang or header takes part.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
/** ldd's names of the C library and what comes with it. */
const LIBC_FAMILY = /^(linux-vdso|ld-linux|libc|libm|libdl|libpthread|librt)[.-]/;

let folder: string;
let archive: string;
let installed: string;
let command: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-package-'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  archive = join(folder, packed.trim().split('\n').at(-1) ?? '');
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', archive], { cwd: folder });
  installed = join(folder, 'node_modules/conntrail');
  command = join(folder, 'node_modules/.bin/conntrail');
});

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe('the installed package', () => {
  test('prints its version', () => {
    const { version } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string };
    expect(execFileSync(command, ['version'], { encoding: 'utf8' })).toContain(version);
  });

  test('brings at most fifteen packages beside the optional ones, and works without those', () => {
    const lean = mkdtempSync(join(folder, 'lean-'));
    writeFileSync(join(lean, 'package.json'), '{ "private": true }\n');
    execFileSync(
      'npm',
      ['install', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', archive],
      {
        cwd: lean,
      },
    );
    const { packages } = JSON.parse(readFileSync(join(lean, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: Record<string, { optional?: boolean }>;
    };
    const names = Object.keys(packages).filter((path) => packages[path]!.optional !== true);
    expect(names).toContain('node_modules/conntrail');
    expect(names.filter((name) => name !== 'node_modules/conntrail').length, names.join()).toBeLessThanOrEqual(15);
    const own = join(lean, 'node_modules/.bin/conntrail');
    const sample = join(lean, 'node_modules/conntrail/test/recordings/sample.ctr');
    expect(execFileSync(own, ['verify', sample], { encoding: 'utf8' })).toContain('everything is accounted for');
    // Imports all that live tracing needs, too.
    expect(
      execFileSync(process.execPath, ['-e', 'import("conntrail").then((m) => console.log(typeof m.openTracer))'], {
        cwd: lean,
        encoding: 'utf8',
      }),
    ).toBe('function\n');
  });

  test('replays its sample recording', () => {
    const sample = join(installed, 'test/recordings/sample.ctr');
    const lines = execFileSync(command, ['replay', sample, '-o', 'ndjson'], { encoding: 'utf8' }).trim().split('\n');
    const records = lines.map((line) => JSON.parse(line) as { record: string });
    expect(records.some(({ record }) => record === 'connection')).toBe(true);
    expect(records.at(-1)?.record).toBe('ledger');
  });

  test('asks for no script at installation and carries the licences of what is linked in', () => {
    const { scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { scripts: object };
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(hook);
    for (const licence of ['LICENSE', 'licenses/libbpf/LICENSE.BSD-2-Clause', 'licenses/libbpf/LICENSE.LGPL-2.1']) {
      expect(existsSync(join(installed, licence)), licence).toBe(true);
    }
  });

  test('has an addon that needs the C library only', (context) => {
    need(context, 'ldd', lacksCommand('ldd'));
    const shared = readFileSync(join(CHECKOUT, 'build/deps/elf.flags'), 'utf8').includes('-lelf');
    need(context, 'static', shared ? 'libelf could not be built here, and is linked shared' : null);
    const lines = execFileSync('ldd', [join(installed, 'build/native/conntrail.node')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const libraries = lines.map((line) => line.trim().split(/\s/)[0]?.split('/').at(-1) ?? '');
    expect(libraries.filter((library) => !LIBC_FAMILY.test(library))).toEqual([]);
  });

  test('traces a connection', async (context) => {
    need(context, 'live', lacksLive());
    const ready = join(folder, 'ready');
    const tracer = spawn(command, ['observe', '-o', 'ndjson', '--interval', '1s', '--ready-file', ready], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    tracer.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    tracer.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const gone = once(tracer, 'close');
    while (!existsSync(ready)) {
      if (tracer.exitCode !== null) throw new Error(`observe ended before it was ready: ${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    const server = createServer((socket) => socket.resume().on('end', () => socket.end()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = connect({ port, host: '127.0.0.1' });
    client.end('x'.repeat(4099));
    await once(client.resume(), 'close');
    server.close();

    const ends = () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
        .filter((record) => record.record === 'connection' && record.state === 'closed')
        .filter((record) => record.local?.port === port || record.remote?.port === port);
    while (ends().length < 2 && tracer.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    tracer.kill('SIGINT');
    await gone;

    const [outgoing] = ends().filter((record) => record.direction === 'outgoing');
    const [incoming] = ends().filter((record) => record.direction === 'incoming');
    expect(ends()).toHaveLength(2);
    expect(outgoing).toMatchObject({ total: { sent_bytes: 4099 }, process: { pid: process.pid } });
    expect(incoming).toMatchObject({ total: { received_bytes: 4099 } });
  });
});
