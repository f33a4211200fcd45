/** Starting and stopping many times leaves nothing behind: not in the kernel, not on disk, no process, no socket. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { kernelObjects, leftBehind } from './support/kernel-objects.js';
import { Observer } from './support/observe.js';

/** Of a whole run: CONNTRAIL_STARTS=200. */
const STARTS = Number(process.env.CONNTRAIL_STARTS ?? 20);

/** Ways a tracer ends; the last one gives it no chance to clean up. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;
const TRANSPORTS = ['ring', 'perf'] as const;

/** Without those in TIME_WAIT (06), which belong to no process and end by themselves. */
const socketsOfKind = (kind: string) =>
  readFileSync(`/proc/net/${kind}`, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*\d+: \S+ \S+ 06 /.test(line)).length;

/** Kinds of socket of which a tracer might leave one: its self-test's, and those of its libraries. */
const countSockets = () => ['tcp', 'tcp6', 'udp', 'udp6', 'netlink', 'packet'].map(socketsOfKind);

test(`${STARTS} starts and stops`, async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('bpftool'));
  await inFolder(async (folder) => {
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    const pinned = readdirSync('/sys/fs/bpf');
    const sockets = countSockets();
    const before = kernelObjects();
    for (let i = 0; i < STARTS; i++) {
      const transport = TRANSPORTS[i % TRANSPORTS.length]!;
      const observer = await Observer.startWith({ TMPDIR: temporary }, folder, '--transport', transport);
      const signal = SIGNALS[i % SIGNALS.length]!;
      const { status, errors } = await observer.stop(signal);
      if (signal !== 'SIGKILL') expect(status, errors).toBe(0);
    }
    expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
    expect(readdirSync('/sys/fs/bpf')).toEqual(pinned);
    expect(readdirSync(temporary)).toEqual([]);
    // The machine's own sockets come and go; a leak would be one per start.
    const more = () => countSockets().map((count, kind) => count >= sockets[kind]! + STARTS / 2);
    await expect.poll(more).toEqual(sockets.map(() => false));
  });
});

/** What it holds but for the iterator of a snapshot that may just be going on: one at a time. */
function atRest(observer: Observer) {
  const { threads, descriptors } = observer.resources();
  const { 'anon_inode:bpf_iter': iterators = 0, ...others } = descriptors;
  return { threads, others, tooMany: iterators > 1 };
}

test('while it runs, descriptors and threads stay as many as they were', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--interval', '100ms');
    await sleep(1000);
    const early = atRest(observer);
    await sleep(3000);
    // What is open for a moment goes; what leaks stays.
    await expect.poll(() => atRest(observer)).toEqual({ ...early, tooMany: false });
    expect((await observer.stop()).status).toBe(0);
  });
});
