/** How messages travel: truncation and TCP, messages of many segments, other ports, sockets of the host's own namespace. */
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { dig } from './support/dns/askers.js';
import { observed } from './support/dns/observed.js';
import { type DnsLine, outcomeOf, tally } from './support/dns/records.js';
import { startDnsmasq } from './support/dns/servers.js';
import { installTools, lacksTool } from './support/dns/tools.js';
import { Unbound } from './support/dns/unbound.js';
import { World } from './support/dns/world.js';
import { freePort } from './support/free-port.js';

beforeAll(() => installTools());

test('an answer that is too long: truncated, and asked again over TCP', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'dns-tools', lacksTool('unbound') ?? lacksTool('dig'));
  await inFolder(async (folder) => {
    const world = await World.open();
    const unbound = await Unbound.start(world, world.folder);
    const { dns } = await observed(folder, [], async () => {
      for (const server of ['127.0.0.1', '::1']) await dig(world, server, 53, ['big.corp.test A']);
      // One connection, three questions; and a datagram that has room for all of it.
      await dig(world, '127.0.0.1', 53, [
        'big.corp.test A +tcp +keepopen',
        'www.corp.test A +tcp +keepopen',
        'no.corp.test A +tcp +keepopen',
      ]);
      await dig(world, '127.0.0.1', 53, ['big.corp.test A +bufsize=4096']);
      await unbound.stop();
    });
    const mine = dns.filter(({ netns }) => netns.inode === world.netnsInode);
    for (const role of ['client', 'server'] as const) {
      const lines = mine.filter((line) => line.role === role);
      const shown = lines.map(({ transport, family, question, rcode, truncated, answer_count }) =>
        [transport, family, question.name.split('.')[0], rcode, truncated, answer_count].join(' '),
      );
      expect(shown, role).toEqual([
        'udp ipv4 big noerror true 0',
        'tcp ipv4 big noerror false 200',
        'udp ipv6 big noerror true 0',
        'tcp ipv6 big noerror false 200',
        'tcp ipv4 big noerror false 200',
        'tcp ipv4 www noerror false 2',
        'tcp ipv4 no nxdomain false 0',
        'udp ipv4 big noerror false 200',
      ]);
      for (const { answers, answer_count, process } of lines) {
        expect(answers).toHaveLength(Math.min(32, answer_count!));
        expect(process?.name).toBe(role === 'client' ? 'dig' : 'unbound');
      }
      expect(new Set(lines.slice(4, 7).map(({ local, remote }) => `${local.port} ${remote.port}`)).size).toBe(1);
    }
    expect(tally(mine.filter(({ role }) => role === 'server').map(outcomeOf))).toEqual(
      tally(unbound.lines().filter(({ kind }) => kind === 'reply')),
    );
    await world.close();
  });
});

test('dnsmasq at a port of its own, in the host’s namespace, beside 53: what its log says', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'dns-tools', lacksTool('dnsmasq') ?? lacksTool('dig'));
  await inFolder(async (folder) => {
    const port = await freePort();
    // The namespace is the host's, all else is not.
    const host = await World.host();
    const dnsmasq = await startDnsmasq(folder, port);
    const questions = [
      'www.corp.test A',
      'www.corp.test AAAA',
      'alias.corp.test A',
      'corp.test MX',
      'text.corp.test TXT',
      'no.corp.test A',
    ];
    const { dns } = await observed(folder, ['--set', `dns.ports=[53,${port}]`], async () => {
      for (const server of ['127.0.0.1', '::1']) await dig(host, server, port, [...questions, 'www.corp.test A +tcp']);
      await dnsmasq.stop();
    });
    const ended = (line: DnsLine, end: 'local' | 'remote') => line[end].port === port;
    const clients = dns.filter((line) => line.role === 'client' && ended(line, 'remote'));
    const servers = dns.filter((line) => line.role === 'server' && ended(line, 'local'));
    const asked = clients.map(({ question }) => `${question.name} ${question.type}`);
    expect(asked).toEqual(dnsmasq.queries());
    expect(tally(servers.map(outcomeOf))).toEqual(tally(clients.map(outcomeOf)));
    expect(clients).toHaveLength(14);
    expect(clients.filter(({ transport }) => transport === 'tcp')).toHaveLength(2);
    const alias = clients.find(({ question }) => question.name === 'alias.corp.test')!;
    expect(alias).toMatchObject({ cname_chain: ['www.corp.test'], ttl: 60, rcode: 'noerror' });
    expect(alias.answers.map(({ type, value, ttl }) => [type, value, ttl])).toEqual([
      ['CNAME', 'www.corp.test', 60],
      ['A', '192.0.2.1', 120],
    ]);
    for (const { process } of servers) expect(process).toMatchObject({ name: 'dnsmasq' });
    await host.close();
  });
});

test('a port that is not configured is not read', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'dns-tools', lacksTool('unbound') ?? lacksTool('dig'));
  await inFolder(async (folder) => {
    const world = await World.open();
    const unbound = await Unbound.start(world, world.folder, { interfaces: ['127.0.0.1@5300', '127.0.0.1@53'] });
    const { dns } = await observed(folder, [], async () => {
      expect(await dig(world, '127.0.0.1', 5300, ['www.corp.test A'])).toHaveLength(1);
      expect(await dig(world, '127.0.0.1', 53, ['v4.corp.test A'])).toHaveLength(1);
      await unbound.stop();
    });
    const mine = dns.filter(({ netns }) => netns.inode === world.netnsInode);
    expect(mine.map(({ role, question }) => `${role} ${question.name}`).sort()).toEqual([
      'client v4.corp.test',
      'server v4.corp.test',
    ]);
    await world.close();
  });
});
