/**
 * The first steps of README, by a user who is not root on a machine that has not seen conntrail: `sudo npm start` and `npm test` in
 * either order, make too. Whatever root does in that user's checkout, the user can go on with.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { lacksMachine, Machine, type Result } from './support/machine.js';

const HOME = '/home/ann';
const CHECKOUT = `${HOME}/conntrail`;
/** One file of the tests stands for them all: who owns what does not depend on which ran. */
const NPM_TEST = 'npm test -- test/cli/options.test.ts';
const NPM_START = 'sudo npm start -- --for 1s -o ndjson';

// A set-up takes a minute; on a machine that is busy with other things, many.
vi.setConfig({ testTimeout: 3_600_000 });

let machine: Machine | undefined;
const lack = lacksMachine() ?? lacksLive();

const ann = (command: string, environment?: Record<string, string>): Promise<Result> =>
  machine!.run('ann', CHECKOUT, command, environment);

/** Everything in ann's home that is not ann's. */
const foreign = async (): Promise<string> => (await machine!.run('root', HOME, 'find /home/ann ! -user ann')).stdout;

/** A copy of the sources, as `git clone` makes it. */
async function clone(): Promise<void> {
  const { status, stderr } = await machine!.run('ann', HOME, `mkdir conntrail && tar -xf /sources.tar -C conntrail`);
  expect([status, stderr]).toEqual([0, '']);
}

beforeAll(async () => {
  if (lack !== null) return;
  machine = await Machine.boot();
});

afterAll(async () => {
  await machine?.shutDown();
});

describe('root first', () => {
  test('a set-up that fails shows the end of its log and where the whole log is, and leaves nothing of root’s', async (context) => {
    need(context, 'machine', lack);
    await clone();
    const { status, stderr } = await ann('sudo CONNTRAIL_LIBBPF_SOURCE=/etc/passwd npm start');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^conntrail: CONNTRAIL_LIBBPF_SOURCE=\/etc\/passwd is not libbpf/m);
    expect(stderr).toMatch(
      /^conntrail: fetching libbpf and libelf failed after \d+ s; the whole output is in build\/log\/sources.log$/m,
    );
    expect(await foreign()).toBe('');
  });

  test('sudo npm start shows one moving line on a terminal, then traces', async (context) => {
    need(context, 'machine', lack);
    const { status, stdout } = await machine!.terminal('ann', CHECKOUT, NPM_START);
    expect(status, stdout).toBe(0);
    const screen = stdout.replaceAll('\r\n', '\n');
    const setUp = screen.slice(0, screen.indexOf('set up in'));
    // Before that: npm's own two lines about the script, and the line that is written over and over.
    const moves = setUp.split('\r\x1b[2K').slice(1);
    expect(moves.filter((line) => line.includes('\n'))).toEqual([]);
    expect(Math.max(...moves.map((line) => line.length))).toBeLessThan(80);
    for (const title of [
      'building libelf',
      'building libbpf',
      'building the addon and the BPF programs',
      'compiling TypeScript',
    ]) {
      const seen = moves.filter((line) => line.includes(title));
      expect(new Set(seen).size, title).toBeGreaterThan(0);
    }
    expect(new Set(moves.filter((line) => line.includes('building the addon'))).size).toBeGreaterThan(3);
    expect(screen).toMatch(/conntrail: set up in \d+ s\n/);
    expect(screen).toMatch(/"record":"ledger".*"final":true/);
    expect(await foreign()).toBe('');
  });

  test('then npm test', async (context) => {
    need(context, 'machine', lack);
    expect(await ann(NPM_TEST)).toMatchObject({ status: 0, stderr: '' });
  });

  test('root’s tests and root’s make leave nothing of root’s either', async (context) => {
    need(context, 'machine', lack);
    expect(await ann(`sudo ${NPM_TEST}`)).toMatchObject({ status: 0 });
    expect(await foreign()).toBe('');
    expect(await ann('touch src/native/src/addon.cc && sudo make -s -j2 native')).toMatchObject({ status: 0 });
    expect(await ann('make -q native')).toMatchObject({ status: 0 });
    // The live tests build their helpers like this, and end like any others.
    const helpers = `sudo make -s -C test/live/generator && sudo ${NPM_TEST}`;
    expect(await ann(helpers)).toMatchObject({ status: 0 });
    expect(await foreign()).toBe('');
    const both = 'sudo npm run --silent build:ts && touch src/native/src/addon.cc && make -s native';
    expect(await ann(both)).toMatchObject({ status: 0 });
    expect(await foreign()).toBe('');
  });
});

describe('the user first', () => {
  test('npm test says in plain lines what is set up, then sudo npm start traces, then npm test again', async (context) => {
    need(context, 'machine', lack);
    // The libraries of the first checkout are taken over: they are the longest to build, and were just built.
    const moved = 'mv conntrail first && mkdir -p conntrail/build && cp -a first/build/deps conntrail/build/';
    expect(await machine!.run('ann', HOME, moved)).toMatchObject({ status: 0 });
    const unpacked = 'tar -xf /sources.tar -C conntrail';
    expect(await machine!.run('ann', HOME, unpacked)).toMatchObject({ status: 0 });
    const first = await ann(NPM_TEST);
    expect(first).toMatchObject({ status: 0 });
    const lines = first.stderr.trim().split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'conntrail: installing npm packages ...',
        expect.stringMatching(/^conntrail: installing npm packages: done after \d+ s$/),
        expect.stringMatching(/^conntrail: building the addon and the BPF programs: done after \d+ s$/),
        expect.stringMatching(/^conntrail: set up in \d+ s$/),
      ]),
    );
    for (const line of lines)
      expect(line).toMatch(/^conntrail: (set up in|still )?[\w ]+( \.\.\.|: done after \d+ s|, \d+ s)?$/);
    const { status, stdout } = await ann(NPM_START);
    expect(status).toBe(0);
    expect(stdout).toMatch(/"record":"ledger".*"final":true/);
    expect(await ann(NPM_TEST)).toMatchObject({ status: 0, stderr: '' });
    expect(await foreign()).toBe('');
  });

  test('what root’s npm left is named, with the command that gives it back', async (context) => {
    need(context, 'machine', lack);
    expect(await ann('sudo chown -R root: node_modules build dist')).toMatchObject({ status: 0 });
    const refused = await ann(NPM_TEST);
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('run: sudo scripts/as-owner --mend\n'),
    });
    expect(await ann('sudo scripts/as-owner --mend')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(await foreign()).toBe('');
    expect(await ann(NPM_TEST)).toMatchObject({ status: 0, stderr: '' });
  });

  test('a checkout of root’s is used as it is, and is not built by others', async (context) => {
    need(context, 'machine', lack);
    expect(await machine!.run('root', HOME, 'chown -R root: conntrail')).toMatchObject({ status: 0 });
    expect(await ann('npm start -- -o ndjson')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"record":"ledger"'),
    });
    expect(await ann(NPM_TEST)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        'this checkout belongs to root, and its tests write into it; clone it yourself\n',
      ),
    });
    expect(await machine!.run('root', CHECKOUT, 'echo >>src/index.ts')).toMatchObject({ status: 0 });
    expect(await ann('npm start')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('this checkout belongs to root'),
    });
  });
});
