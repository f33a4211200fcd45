/** The command ends when it is told to, whatever takes its output: a stuck reader, a stopped terminal, a disk that hangs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, COMMAND, inFolder } from './support/checkout.js';
import { descriptorsOf, kernelObjects, leftBehind } from './support/kernel-objects.js';
import { Observer, spawnTracer } from './support/observe.js';
import { unbroken } from './support/sums.js';

/** Of the requirement's 5 s; a machine with more to do than it can is slower. */
const SOON_MS = 10_000;

const SUMS =
  /([\d,]+) connections closed in [\d.]+ s: ([\d,]+) written, ([\d,]+) filtered, ([\d,]+) held, ([\d,]+) lost/;

/** Opens and closes TCP connections on loopback, one after the other: two records each. */
async function traffic(count: number): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => connect(port, '127.0.0.1').resume().once('close', resolve));
  }
  await new Promise((resolve) => server.close(resolve));
}

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(10);
}

/** A tracer whose output nobody reads, with much of it waiting. */
async function stuck(ready: string) {
  const child = spawnTracer(['observe', '-o', 'ndjson', '--ready-file', ready, '--interval', '200ms'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  // Without a listener, what the pipe holds at the exit would be thrown away.
  child.stdout!.on('readable', () => {});
  const ended = once(child, 'exit');
  await appears(ready);
  await traffic(997);
  return { child, ended, errors: () => errors };
}

describe('nobody reads standard output', () => {
  test.for(['SIGTERM', 'SIGHUP'] as const)(
    '%s ends it soon, and what was not written is told',
    async (signal, context) => {
      need(context, 'live', lacksLive());
      need(context, 'live', lacksCommand('bpftool'));
      await inFolder(async (folder) => {
        const before = kernelObjects();
        const ready = join(folder, 'ready');
        const { child, ended, errors } = await stuck(ready);
        const begun = performance.now();
        child.kill(signal);
        expect(await ended).toEqual([1, null]);
        expect(performance.now() - begun).toBeLessThan(SOON_MS);
        expect(existsSync(ready)).toBe(false);
        expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
        expect(errors()).toMatch(/\[CONNTRAIL_BEHIND\]/);
        const [closed, written, filtered, held, lost] = SUMS.exec(unbroken(errors()))!
          .slice(1)
          .map((n) => Number(n.replaceAll(',', '')));
        expect(lost).toBeGreaterThan(0);
        expect(written! + filtered! + held! + lost!).toBe(closed);
        // What the pipe holds is at least what was told to be written.
        let text = '';
        for await (const chunk of child.stdout!.setEncoding('utf8')) text += chunk;
        const lines = text.split('\n').filter((line) => /"state":"closed".*\}$/.test(line));
        expect(lines.length).toBeGreaterThanOrEqual(written!);
      });
    },
  );

  test.for([
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGHUP', 'SIGHUP', 129],
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const)('%s and then %s end it at once: exit %d', async ([first, second, status], context) => {
    need(context, 'live', lacksLive());
    await inFolder(async (folder) => {
      const ready = join(folder, 'ready');
      const { child, ended } = await stuck(ready);
      child.kill(first);
      await sleep(300);
      expect(child.exitCode).toBeNull();
      child.kill(second);
      expect(await ended).toEqual([status, null]);
      expect(existsSync(ready)).toBe(false);
    });
  });
});

test.for(['stdout', 'both'])('SIGTERM ends it soon when its terminal was stopped: %s', async (which, context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('python3'));
  await inFolder(async (folder) => {
    const ready = join(folder, 'ready');
    const script = `${CHECKOUT}test/live/support/stopped_terminal.py`;
    const args = ['--pdeathsig', 'TERM', 'python3', script, which, COMMAND];
    const child = spawn('setpriv', [...args, 'observe', '--ready-file', ready], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const ended = once(child, 'close');
    await appears(ready);
    const pid = Number(readFileSync(ready, 'utf8'));
    try {
      await traffic(997);
      const begun = performance.now();
      process.kill(pid, 'SIGTERM');
      expect((await Promise.race([ended, sleep(60_000, ['never'])]))[0]).toBe(1);
      expect(performance.now() - begun).toBeLessThan(SOON_MS);
    } finally {
      if (child.exitCode === null) process.kill(pid, 'SIGKILL');
    }
    expect(existsSync(ready)).toBe(false);
    // Where the sums would be on the stopped terminal, too, nobody can see them.
    if (which === 'stdout') expect(unbroken(errors)).toMatch(SUMS);
  });
});

/** Calls `body` with a folder on a file system of its own and what freezes that: whoever writes to it then waits, as for a dead disk. */
async function onFreezableDisk(
  folder: string,
  body: (disk: string, freeze: () => void, thaw: () => void) => Promise<void>,
) {
  const [image, disk] = [join(folder, 'image'), join(folder, 'disk')];
  mkdirSync(disk);
  execFileSync('truncate', ['-s', '64M', image]);
  execFileSync('mkfs.ext4', ['-q', image]);
  execFileSync('mount', ['-o', 'loop', image, disk]);
  let frozen = false;
  const turn = (on: boolean) => () => {
    if (frozen !== on) execFileSync('fsfreeze', [on ? '-f' : '-u', disk]);
    frozen = on;
  };
  try {
    await body(disk, turn(true), turn(false));
  } finally {
    turn(false)();
    execFileSync('umount', ['-l', disk]);
  }
}

test.for([
  ['--record', 'a.ctr'],
  ['--to', 'out'],
] as const)('SIGTERM while the disk of %s hangs: hooks gone, sums told, soon', async ([option, name], context) => {
  need(context, 'live', lacksLive());
  for (const command of ['fsfreeze', 'mkfs.ext4', 'bpftool']) need(context, 'live', lacksCommand(command));
  await inFolder(async (folder) => {
    await onFreezableDisk(folder, async (disk, freeze, thaw) => {
      const observer = await Observer.start(folder, option, join(disk, name), '--interval', '200ms');
      freeze();
      await traffic(97);
      await sleep(500);
      const begun = performance.now();
      const ended = observer.stop('SIGTERM');
      // The kernel keeps a process for as long as a thread of it writes to the frozen disk.
      while (!SUMS.test(unbroken(observer.told)) && performance.now() - begun < 60_000) await sleep(20);
      expect(unbroken(observer.told)).toMatch(SUMS);
      expect(performance.now() - begun).toBeLessThan(SOON_MS);
      // A directory is an output, whose loss is part of the sums; a recording that may end early says so itself.
      const [closed, written, , , lost] = SUMS.exec(unbroken(observer.told))!
        .slice(1)
        .map((n) => Number(n.replaceAll(',', '')));
      if (option === '--to') expect(lost).toBeGreaterThanOrEqual(2 * 97);
      expect(written! + lost!).toBeLessThanOrEqual(closed!);
      expect(descriptorsOf(observer.pid).filter((target) => target.includes('bpf'))).toEqual([]);
      await sleep(1500);
      thaw();
      const { status, errors } = await ended;
      expect(status, errors).toBe(1);
      expect(errors).toMatch(/\[CONNTRAIL_BEHIND\]/);
    });
  });
});
