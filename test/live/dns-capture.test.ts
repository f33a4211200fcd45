/** What the programs of DNS tell of sockets: each piece of each message, and whose it is. */
import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { LOST, NO_VLAN, OWNER_SOURCE, SOURCE, TCP, UDP } from '../../src/dns/layout.gen.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { type Account, type Segment, Segments } from './support/segments.js';

/** Nobody else's, so that nobody else's messages come. */
// Below those that the kernel gives away.
const PORT = 15_353;
const LOCALHOST6 = `${'0'.repeat(31)}1`;
const lacks = lacksLive() ?? lacksCommand('python3');

interface Done {
  pid: number;
  client: number;
  senders: number[];
  workers: number[];
  worker: number;
  lengths: number[];
  sent: string;
  answered: string;
}

interface Seen {
  done: Done;
  all: readonly Segment[];
  account: Account;
  out: Segment[];
  in: Segment[];
}

/** Runs a scenario of the script while the programs are at work. */
async function see(scenario: string, taken = true, ringSize?: number, ports = [53, PORT]): Promise<Seen> {
  const segments = await Segments.start({ ports }, taken, ringSize);
  try {
    const args = [`${CHECKOUT}test/live/traffic/dns_segments.py`, String(PORT), ...scenario.split(' ')];
    const { stdout } = await promisify(execFile)('python3', args);
    await segments.stop();
    const all = segments.all.filter((each) => [each.local_port, each.remote_port].includes(PORT));
    const account = segments.account!;
    expect(account.final).toBe(1);
    expect(account.attempted).toBe(account.emitted + account.lost.reduce((sum, lost) => sum + lost, 0));
    expect(account.read).toBe(account.emitted);
    const of = (source: number): Segment[] => all.filter((each) => each.source === source && !each.flagsOnly);
    const done = JSON.parse(stdout) as Done;
    return { done, all, account, out: of(SOURCE.cgroup_out), in: of(SOURCE.cgroup_in) };
  } finally {
    await segments.stop();
  }
}

const texts = (segments: readonly Segment[]): string[] => segments.map(({ payload }) => payload.toString());
const owners = (segments: readonly Segment[]): [number, number][] => segments.map((s) => [s.pid, s.owner_source]);

test.for([
  ['udp4', 2, '127.0.0.1', UDP],
  ['udp6', 10, LOCALHOST6, UDP],
  ['connected', 2, '127.0.0.1', UDP],
  ['mapped', 2, '127.0.0.1', UDP],
] as const)(
  '%s: a datagram is seen at both ends, with its process',
  async ([scenario, family, address, protocol], context) => {
    need(context, 'live', lacks);
    const { done, out, in: arrived, all } = await see(scenario);
    expect(all).toHaveLength(4);
    expect(texts(out)).toEqual(['question', 'the answer']);
    expect(texts(arrived)).toEqual(['question', 'the answer']);
    const inode = Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))![0]);
    for (const each of all) {
      expect(each).toMatchObject({
        family,
        protocol,
        local: address,
        remote: address,
        vlan: NO_VLAN,
        ifindex: 0,
        fresh: 1,
      });
      expect(each).toMatchObject({ netns_inode: inode, wire_length: each.kept, offset: 0, tcp_seq: 0, tcp_flags: 0 });
      expect(each).toMatchObject({ pid: done.pid, uid: 0, name: 'python3' });
      expect(each.start_ns).toBeGreaterThan(0);
      expect(each.cgroup_id).toBeGreaterThan(0);
      expect(each.netns_cookie).toBeGreaterThan(0);
    }
    const [question, reply] = out;
    expect([question!.local_port, question!.remote_port]).toEqual([done.client, PORT]);
    expect([reply!.local_port, reply!.remote_port]).toEqual([PORT, done.client]);
    expect(question!.cookie).toBe(arrived[1]!.cookie);
    expect(reply!.cookie).toBe(arrived[0]!.cookie);
    expect(question!.cookie).not.toBe(reply!.cookie);
    expect(question!.owner_source).toBe(OWNER_SOURCE.send);
    expect(arrived[0]!.owner_source).toBe(OWNER_SOURCE.bind);
    expect(all.map(({ boot_ns }) => boot_ns)).toEqual(all.map(({ boot_ns }) => boot_ns).toSorted((a, b) => a - b));
  },
);

test('who sends is named, whoever connected the socket', async (context) => {
  need(context, 'live', lacks);
  const { done, out } = await see('inherited');
  const asked = out.filter(({ remote_port }) => remote_port === PORT);
  expect(texts(asked)).toEqual([0, 1, 2, 3, 4].map((i) => `question ${i}`));
  expect(owners(asked)).toEqual(done.senders.map((pid) => [pid, OWNER_SOURCE.send]));
});

test('and whoever made it', async (context) => {
  need(context, 'live', lacks);
  const { done, out } = await see('shared');
  expect(owners(out)).toEqual(done.senders.map((pid) => [pid, OWNER_SOURCE.send]));
});

test('of a server that forks, the worker that answers', async (context) => {
  need(context, 'live', lacks);
  const { done, out, in: arrived } = await see('forked');
  const answers = out.filter(({ local_port }) => local_port === PORT);
  expect(owners(answers)).toEqual(done.workers.map((pid) => [pid, OWNER_SOURCE.send]));
  // Who is to take a question nobody knows before it is answered: who bound the socket, or answered last.
  const questions = arrived.filter(({ local_port }) => local_port === PORT);
  expect(owners(questions)).toEqual([
    [done.pid, OWNER_SOURCE.bind],
    [done.workers[0], OWNER_SOURCE.send],
    [done.workers[1], OWNER_SOURCE.send],
  ]);
});

test('datagrams are kept up to 4 KB, and their length is known', async (context) => {
  need(context, 'live', lacks);
  const { done, out, in: arrived, account } = await see('sizes');
  for (const segments of [out, arrived]) {
    expect(segments.map(({ wire_length }) => wire_length)).toEqual(done.lengths);
    expect(segments.map(({ kept }) => kept)).toEqual(done.lengths.map((length) => Math.min(length, 4096)));
    for (const { payload, kept } of segments) {
      expect(payload.equals(Buffer.from(Array.from({ length: kept }, (_, i) => i % 251)))).toBe(true);
    }
  }
  expect(account.attempted).toBeGreaterThanOrEqual(2 * done.lengths.length);
});

test('datagrams that one call sends are told one by one, as many as are', async (context) => {
  need(context, 'live', lacks);
  const { out, in: arrived, account } = await see('segments');
  const first = ['a'.repeat(100), 'b'.repeat(100), 'c'.repeat(40)];
  const rest = [...Array(20).fill('d'.repeat(10)), 'd'.repeat(5)];
  expect(texts(out)).toEqual([...first, ...rest.slice(0, 17)]);
  expect(out.map(({ wire_length }) => wire_length)).toEqual(out.map(({ kept }) => kept));
  expect(texts(arrived)).toEqual([...first, ...rest]);
  expect(account.lost[LOST.too_long]).toBe(4);
});

test('TCP: every byte once with its place, begin and end, and who speaks', async (context) => {
  need(context, 'live', lacks);
  const { done, all } = await see('tcp');
  const at = (source: number, port: number): Segment[] =>
    all.filter((each) => each.source === source && each.local_port === port);
  for (const [source, port, expected] of [
    [SOURCE.cgroup_out, done.client, done.sent],
    [SOURCE.cgroup_in, PORT, done.sent],
    [SOURCE.cgroup_out, PORT, done.answered],
    [SOURCE.cgroup_in, done.client, done.answered],
  ] as const) {
    const found = at(source, port);
    for (const each of found) expect(each.protocol).toBe(TCP);
    for (const { kept, flagsOnly, fresh, tcp_flags } of found) {
      expect(fresh).toBe(flagsOnly ? 0 : 1);
      expect(flagsOnly).toBe(kept === 0);
      if (flagsOnly) expect(tcp_flags & 7).not.toBe(0);
    }
    expect(put(found)).toBe(expected);
    expect(found[0]!.tcp_flags & 2).toBe(2);
    expect(found.filter(({ tcp_flags }) => (tcp_flags & 1) !== 0)).toHaveLength(1);
  }
  const cookies = (port: number): number[] => [
    ...new Set(all.filter(({ local_port, kept }) => local_port === port && kept > 0).map(({ cookie }) => cookie)),
  ];
  expect(cookies(done.client)).toHaveLength(1);
  expect(cookies(PORT)).toHaveLength(1);
  const asked = at(SOURCE.cgroup_out, done.client);
  expect(new Set(asked.map(({ pid }) => pid))).toEqual(new Set([done.pid]));
  const answers = at(SOURCE.cgroup_out, PORT).filter(({ kept }) => kept > 0);
  expect(new Set(answers.map(({ pid }) => pid))).toEqual(new Set([done.worker]));
});

/** The stream, by sequence numbers; what is not there shows as zeros. */
function put(segments: readonly Segment[]): string {
  const begin = segments[0]!.tcp_seq;
  const pieces = segments.filter(({ kept }) => kept > 0);
  const end = Math.max(...pieces.map(({ tcp_seq, kept }) => ((tcp_seq - begin) >>> 0) + kept));
  const stream = Buffer.alloc(end);
  for (const { tcp_seq, payload } of pieces) payload.copy(stream, (tcp_seq - begin) >>> 0);
  return stream.toString('hex');
}

test('TCP over IPv6', async (context) => {
  need(context, 'live', lacks);
  const { done, out, in: arrived } = await see('tcp6');
  for (const segments of [out, arrived]) {
    expect(segments.map(({ payload }) => payload.toString('hex'))).toEqual(['0003736978']);
    expect(segments[0]).toMatchObject({ family: 10, local: LOCALHOST6, remote: LOCALHOST6, protocol: TCP });
  }
  expect(out[0]!.pid).toBe(done.pid);
});

test('a refused connection shows, at the end that asked', async (context) => {
  need(context, 'live', lacks);
  const { done, all } = await see('reset');
  expect(all.every(({ flagsOnly, fresh }) => flagsOnly && fresh === 0)).toBe(true);
  expect(all.filter(({ tcp_flags, remote_port }) => tcp_flags === 2 && remote_port === PORT)).toMatchObject([
    { pid: done.pid, source: SOURCE.cgroup_out },
  ]);
  expect(all.some(({ tcp_flags, source }) => (tcp_flags & 4) !== 0 && source === SOURCE.cgroup_in)).toBe(true);
});

test('what finds no room is lost, and counted: to the unit', async (context) => {
  need(context, 'live', lacks);
  // Nobody empties the ring, and the kernel's holds 8 MB. Port 53 is everybody's.
  const sent = 4000;
  const { all, account } = await see(`flood ${sent}`, false, 1 << 16, [PORT]);
  const lost = account.lost[LOST.buffer_full]!;
  // Each is seen as it leaves, and as it arrives.
  expect(account).toMatchObject({ attempted: 2 * sent, dropped: 0, emitted: 2 * sent - lost, enqueued: all.length });
  expect(lost).toBeGreaterThan(0);
  expect(all).toHaveLength(2 * sent - lost);
  expect(account.lost[LOST.too_long]! + account.lost[LOST.unreadable]!).toBe(0);
});
