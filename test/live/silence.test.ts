/** Hooks that are taken away behind the tracer's back: found by canaries, attached anew, and told. */
import { execFileSync } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type * as library from '../../src/index.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { expectClosedLedger } from './support/ledger.js';
import { Observer, run } from './support/observe.js';
import { type LedgerLine, readOutput } from './support/output.js';

const CANARY_MS = 1000;

/** Links that a process has, as /proc tells: descriptor, id, and what the kernel says of it beside. */
function linksOf(pid: number | 'self'): { fd: number; id: number; text: string }[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    let text = '';
    try {
      text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    } catch {
      // It was open for the listing.
    }
    const id = /^link_id:\s+(\d+)$/m.exec(text)?.[1];
    return id === undefined ? [] : [{ fd: Number(fd), id: Number(id), text }];
  });
}

/** One datagram of each length each way between two new sockets; the port of the one that began. */
function exchange(sent: number, received: number): number {
  const script = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(('127.0.0.1', 0))
c.sendto(b'x' * ${sent}, s.getsockname()); _, peer = s.recvfrom(9999)
s.sendto(b'y' * ${received}, peer); c.recvfrom(9999)
print(c.getsockname()[1])`;
  return Number(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
}

/** Of the ledger records since UDP was proven. */
const withUdp = (ledgers: readonly LedgerLine[]) =>
  ledgers.flatMap(({ hooks, interval, accounts }) => {
    const udp = hooks.find(({ group }) => group === 'udp');
    return udp === undefined ? [] : [{ ...udp, end: Date.parse(interval.end), canary: accounts[0]!.canary }];
  });

test('links of UDP detached by another program: silent within two canaries, attached anew, exact again', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('bpftool'));
  await inFolder(async (folder) => {
    const recording = join(folder, 'silence.ctr');
    const args = ['--interval', '200ms', '--canary', `${CANARY_MS}ms`, '--record', recording];
    const observer = await Observer.start(folder, ...args);
    const before = exchange(1009, 2003);
    const links = linksOf(observer.pid).filter(({ text }) => /^link_type:\s+cgroup$/m.test(text));
    expect(links.length).toBeGreaterThan(0);
    const taken = Date.now();
    for (const { id } of links) execFileSync('bpftool', ['link', 'detach', 'id', String(id)]);
    const unseen = exchange(3001, 4001);
    await observer.tells(/udp has gone silent: its canaries do not come through; it was attached anew$/);
    await observer.tells(/udp is live again: a canary came through$/);
    const after = exchange(5003, 6007);
    const { status, errors } = await observer.stop();

    expect(errors).toMatch(/udp was silent from \S+ to \S+:/);
    expect(status, errors).toBe(5);
    const output = readOutput(observer.output);
    const sums = expectClosedLedger(output);
    expect(sums.canary).toBeGreaterThanOrEqual(4);
    const ends = (port: number) =>
      output.connections
        .filter(({ state, protocol }) => state === 'closed' && protocol === 'udp')
        .filter(({ local, remote }) => [local.port, remote?.port].includes(port))
        .map(({ total: { sent_bytes, received_bytes, sent_packets, received_packets } }) => [
          ...[sent_bytes, received_bytes],
          ...[sent_packets, received_packets],
        ])
        .sort();
    const exact = (sent: number, received: number) =>
      [
        [sent, received, 1, 1],
        [received, sent, 1, 1],
      ].sort();
    expect(ends(before)).toEqual(exact(1009, 2003));
    expect(ends(after)).toEqual(exact(5003, 6007));
    // What was missed is nowhere, as it should be: it would be a number that nobody knows.
    expect(ends(unseen)).not.toEqual(exact(3001, 4001));
    expect(output.connections.filter(({ local }) => local.address?.startsWith('127.99.'))).toEqual([]);

    const states = withUdp(output.ledgers);
    const found = states.findIndex(({ silence }) => silence !== null);
    expect(states.slice(0, found).every(({ state, reattached }) => state === 'live' && reattached === 0)).toBe(true);
    const { since } = states[found]!.silence!;
    // Two canaries, whose TCP ends are told all the same, and one that had come through when the links went.
    const told = states.slice(0, found + 1).filter(({ end }) => end > taken);
    expect(told.reduce((sum, { canary }) => sum + canary, 0)).toBeLessThanOrEqual(2 + 2 + 4);
    expect(Date.parse(since)).toBeLessThan(taken + CANARY_MS);
    const over = states.find(({ silence }) => silence !== null && silence.until !== null)!;
    expect(over).toMatchObject({ state: 'live', reattached: 1, silence: { since } });
    expect(Date.parse(over.silence!.until!)).toBeGreaterThan(taken);
    const afterwards = states.slice(states.indexOf(over) + 1);
    expect(afterwards.filter(({ silence }) => silence !== null)).toEqual([]);
    expect(states.at(-1)).toMatchObject({ state: 'live', reattached: 1 });
    for (const { hooks } of output.ledgers) {
      for (const { group, reattached } of hooks) if (group !== 'udp') expect([group, reattached]).toEqual([group, 0]);
    }

    for (const path of [observer.output, recording]) {
      const verified = await run('verify', path);
      expect(verified.status, verified.errors).toBe(0);
      expect(verified.stdout.toString()).toMatch(/: udp was silent from \S+ to \S+: what it missed is not known$/m);
    }
    const replayed = await run('replay', '-o', 'ndjson', recording);
    expect(replayed.status, replayed.errors).toBe(0);
    const live = readFileSync(observer.output, 'utf8').split('\n');
    const kept = (line: string) => !line.startsWith('{"record":"output"');
    expect(replayed.stdout.toString().split('\n').filter(kept)).toEqual(live.filter(kept));
  });
});

test('a descriptor of a tracing link closed by a fault of the program: what needs it is silent, and comes back', async (context) => {
  need(context, 'live', lacksLive());
  const { openTracer } = (await import(`${CHECKOUT}dist/index.js`)) as typeof library;
  const others = new Set(linksOf('self').map(({ fd }) => fd));
  await using tracer = await openTracer({ intervalMs: 200, canaryMs: CANARY_MS });
  await tracer.ready;
  const told: string[] = [];
  const live = new Promise<void>((resolve) => {
    tracer.groupChanges$.subscribe(({ group, state }) => {
      told.push(`${group.name} ${state}`);
      if (tracer.groups.every(({ attached, proven }) => proven || !attached)) resolve();
    });
  });
  // All tracing links: TCP, and with it everything else that counts.
  const links = linksOf('self').filter(({ fd, text }) => !others.has(fd) && /raw_tracepoint|tracing/.test(text));
  expect(links.length).toBeGreaterThan(3);
  for (const { fd } of links) closeSync(fd);
  await live;
  expect(told.filter((each) => each.endsWith('silent')).sort()).toEqual([
    'owner silent',
    'snapshot silent',
    'tcp silent',
    'udp silent',
  ]);
  expect(told).toHaveLength(8);
  for (const group of tracer.groups.filter(({ feature }) => feature === 'connections'))
    expect([group.name, group.silent, group.proven, group.reattached]).toEqual([group.name, false, true, 1]);
  expect(linksOf('self').filter(({ fd, text }) => !others.has(fd) && /raw_tracepoint|tracing/.test(text)).length).toBe(
    links.length,
  );
  expect(tracer.statistics.features.connections!.canary).toBeGreaterThan(0);
});
