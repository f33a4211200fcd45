/**
 * Every resolver that programs have asks unbound in a place of the test's own. What was told at either end is, question by question, what the
 * server's own log says, and the addresses are those that the asker was given.
 */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { dig, dnsperf, type Lookup, lookUp, lookUpByCares, type Outcome } from './support/dns/askers.js';
import { captured, type Dissected, dissect } from './support/dns/capture.js';
import { ofRecord, ofTshark } from './support/dns/messages.js';
import { type Observed, observed } from './support/dns/observed.js';
import { buildGo, buildMusl, buildPrograms, PROGRAMS } from './support/dns/programs.js';
import { addressesOf, type DnsLine, outcomeOf, tally } from './support/dns/records.js';
import { resolvedConfiguration, startResolved } from './support/dns/servers.js';
import { installTools, lacksTool } from './support/dns/tools.js';
import { type ServerLine, Unbound } from './support/dns/unbound.js';
import { World } from './support/dns/world.js';

/** Found, aliased, of one family only, below the search list, not there, refused. */
const NAMES = ['www.corp.test', 'farther', 'dangling', 'v4', 'v6', 'missing', 'x.refused.test', 'WwW.CoRp.TeSt'];
const RESOLV = 'search corp.test\noptions timeout:2 attempts:1\n';
const QUESTIONS = [
  'www.corp.test A',
  'v6.corp.test AAAA',
  'corp.test MX',
  'corp.test NS',
  'corp.test SOA',
  'text.corp.test TXT',
  '_http._tcp.corp.test SRV',
  'ptr.corp.test PTR',
  'far.corp.test CNAME',
  'missing.corp.test A',
  'x.refused.test AAAA',
];

interface Case {
  readonly title: string;
  lack(): string | null;
  readonly nameserver: string;
  /** What the kernel calls the process that asks the resolver. */
  readonly asker: string;
  /** Whether the asker asks a stub, which asks in turn. */
  readonly stub?: boolean;
  ask(world: World): Promise<readonly Lookup[] | readonly Outcome[]>;
}

const CASES: readonly Case[] = [
  {
    title: 'glibc’s getaddrinfo',
    lack: () => null,
    nameserver: '127.0.0.1',
    asker: 'lookup-glibc',
    ask: (world) => lookUp(world, PROGRAMS.glibc, NAMES),
  },
  {
    title: 'musl’s getaddrinfo, over IPv6',
    lack: buildMusl,
    nameserver: '::1',
    asker: 'lookup-musl',
    ask: (world) => lookUp(world, PROGRAMS.musl, NAMES),
  },
  {
    title: 'Go’s resolver',
    lack: buildGo,
    nameserver: '127.0.0.1',
    asker: 'lookup-go',
    ask: (world) => lookUp(world, PROGRAMS.go, NAMES),
  },
  {
    title: 'c-ares',
    lack: () => null,
    nameserver: '127.0.0.1',
    asker: 'node',
    ask: async (world) => {
      await lookUpByCares(world, '127.0.0.1', QUESTIONS);
      return [];
    },
  },
  {
    title: 'dig, over IPv6',
    lack: () => lacksTool('dig'),
    nameserver: '::1',
    asker: 'dig',
    ask: (world) =>
      dig(world, '::1', 53, [...QUESTIONS, 'svc.corp.test HTTPS', 'svc.corp.test SVCB', 'WWW.corp.TEST A']),
  },
  {
    title: 'dnsperf, many from few sockets',
    lack: () => lacksTool('dnsperf'),
    nameserver: '127.0.0.1',
    asker: 'dnsperf',
    ask: async (world) => {
      const questions = `${QUESTIONS.filter((question) => !question.startsWith('x.')).join('\n')}\n`;
      const { sent, completed } = await dnsperf(world, questions, '-n', '200', '-q', '50');
      expect([sent, completed]).toEqual([2000, 2000]);
      return [];
    },
  },
  {
    title: 'systemd-resolved’s stub',
    lack: () => lacksTool('systemd-resolved'),
    nameserver: '127.0.0.53',
    asker: 'lookup-glibc',
    stub: true,
    ask: (world) => lookUp(world, PROGRAMS.glibc, NAMES),
  },
];

interface Done {
  readonly inode: number;
  readonly asked: readonly Lookup[] | readonly Outcome[];
  readonly log: readonly ServerLine[];
  /** What tshark reads of it; null: there is none. */
  readonly seen: readonly Dissected[] | null;
}

const lack = lacksLive();
const done = new Map<string, Done | { readonly lack: string }>();
let told: Observed;
let tshark = false;

async function play({ nameserver, stub, ask }: Case): Promise<[Done, World]> {
  const etc = {
    'resolv.conf': `nameserver ${nameserver}\n${RESOLV}`,
    'systemd/resolved.conf': resolvedConfiguration('127.0.0.1'),
  };
  const world = await World.open(etc);
  const unbound = await Unbound.start(world, world.folder);
  const resolved = stub === true ? await startResolved(world) : null;
  let asked: Done['asked'] = [];
  const body = async () => void (asked = await ask(world));
  const file = join(world.folder, 'capture.pcapng');
  if (tshark) await captured(world, file, body);
  else await body();
  // It writes its log as it goes, and all of it when it ends.
  await resolved?.stop();
  await unbound.stop();
  const seen = tshark ? await dissect(file) : null;
  return [{ inode: world.netnsInode, asked, log: unbound.lines(), seen }, world];
}

beforeAll(async () => {
  if (lack !== null) return;
  installTools();
  buildPrograms();
  tshark = lacksTool('tshark') === null && lacksTool('dumpcap') === null;
  const lacks = new Map(CASES.map(({ title, lack }) => [title, lacksTool('unbound') ?? lack()]));
  const worlds: World[] = [];
  await inFolder(async (folder) => {
    told = await observed(folder, [], async () => {
      for (const each of CASES) {
        const lack = lacks.get(each.title)!;
        if (lack !== null) {
          done.set(each.title, { lack });
          continue;
        }
        const [result, world] = await play(each);
        done.set(each.title, result);
        // Open until the end: the number of a namespace that is gone may come again.
        worlds.push(world);
      }
    });
    for (const world of worlds) await world.close();
  });
});

const of = (inode: number, role: DnsLine['role'], process: string) =>
  told.dns.filter((line) => line.netns.inode === inode && line.role === role && line.process?.name === process);
const outcomes = (lines: readonly DnsLine[]) => tally(lines.map(outcomeOf));

test.for(CASES)('$title: every question and its answer, at either end', (each, context) => {
  const result = done.get(each.title);
  need(context, 'live', lack);
  need(context, 'dns-tools', result !== undefined && 'lack' in result ? result.lack : null);
  const { inode, asked, log, seen } = result as Done;
  const replies = log.filter(({ kind }) => kind === 'reply');
  expect(replies.length).toBeGreaterThanOrEqual(QUESTIONS.length);

  const served = of(inode, 'server', 'unbound');
  expect(outcomes(served)).toEqual(tally(replies));
  const asking = of(inode, 'client', each.stub === true ? 'systemd-resolve' : each.asker);
  expect(outcomes(asking)).toEqual(tally(replies));
  const first = of(inode, 'client', each.asker);
  if (each.stub === true) expect(outcomes(of(inode, 'server', 'systemd-resolve'))).toEqual(outcomes(first));
  // Nobody else is there.
  const mine = told.dns.filter((line) => line.netns.inode === inode);
  expect(mine).toHaveLength(served.length + asking.length + (each.stub === true ? 2 * first.length : 0));

  for (const line of mine) {
    expect(line).toMatchObject({ outcome: 'answered', transport: 'udp', truncated: false, cut: false });
    expect(line.family).toBe(line.remote.address.includes(':') ? 'ipv6' : 'ipv4');
    expect(line.latency_us).toBeGreaterThanOrEqual(0);
    expect((line.role === 'client' ? line.remote : line.local).port).toBe(53);
  }
  expectSame(asked, first);
  if (seen === null) return;
  for (const role of ['client', 'server'] as const) {
    const lines = mine.filter((line) => line.role === role);
    expect(lines.flatMap(ofRecord).sort(), `${role}, and tshark`).toEqual(seen.map(ofTshark).sort());
  }
});

/** What the asker says it got is what it was told. */
function expectSame(asked: Done['asked'], lines: readonly DnsLine[]): void {
  for (const each of asked) {
    if (!('addresses' in each)) continue;
    const { name, addresses } = each;
    const own = lines.filter(
      ({ question }) => [name, `${name}.corp.test`].includes(question.name) || question.name === name.toLowerCase(),
    );
    expect(addressesOf(own), name).toEqual([...addresses].sort());
  }
  const direct = asked.filter((each): each is Outcome => 'rcode' in each);
  if (direct.length > 0) {
    const lower = direct.map((each) => ({ ...each, name: each.name.toLowerCase() }));
    expect(outcomes(lines)).toEqual(tally(lower));
  }
}

test('glibc asks for A and AAAA from one socket: two records of one cookie, each with its own answer', (context) => {
  need(context, 'live', lack);
  const result = done.get(CASES[0]!.title)!;
  need(context, 'dns-tools', 'lack' in result ? result.lack : null);
  const lines = of((result as Done).inode, 'client', 'lookup-glibc');
  const [a, aaaa] = ['A', 'AAAA'].map((type) =>
    lines.find(({ question }) => question.name === 'farther.corp.test' && question.type === type),
  );
  expect(a!.cookie).toBe(aaaa!.cookie);
  expect(a!.local).toEqual(aaaa!.local);
  expect(a!.id).not.toBe(aaaa!.id);
  expect(a!.cname_chain).toEqual(['far.corp.test', 'alias.corp.test', 'www.corp.test']);
  expect(addressesOf([a!])).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(addressesOf([aaaa!])).toEqual(['2001:db8::1']);
  expect([a!.ttl, aaaa!.ttl]).toEqual([300, 300]);
});

test('a search list that fails is a record for each name that was tried', (context) => {
  need(context, 'live', lack);
  const result = done.get(CASES[0]!.title)!;
  need(context, 'dns-tools', 'lack' in result ? result.lack : null);
  const lines = of((result as Done).inode, 'client', 'lookup-glibc');
  const tried = lines.filter(({ question }) => question.name.startsWith('missing') && question.type === 'A');
  expect(tried.map(({ question, rcode }) => [question.name, rcode])).toEqual([
    ['missing.corp.test', 'nxdomain'],
    ['missing', 'nxdomain'],
  ]);
});
