/** How long answers took, by the asker's own clock and by what was told; and what is told when none comes. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { dig } from './support/dns/askers.js';
import { expectClosedDns, observed } from './support/dns/observed.js';
import { buildPrograms, PROGRAMS } from './support/dns/programs.js';
import { type DnsLine, readDns } from './support/dns/records.js';
import { startSlow } from './support/dns/servers.js';
import { installTools, lacksTool } from './support/dns/tools.js';
import { Unbound } from './support/dns/unbound.js';
import { World } from './support/dns/world.js';
import { Observer } from './support/observe.js';

const DELAY_MS = 20;
const QUERIES = 200;

beforeAll(() => {
  installTools();
  buildPrograms();
});

interface Asked {
  readonly id: number;
  readonly name: string;
  readonly latency_us: number | null;
}

async function ask(world: World, server: string, count: number, prefix: string, timeoutMs: number): Promise<Asked[]> {
  const args = [server, '53', String(count), prefix, String(timeoutMs)];
  const { stdout } = await world.run(PROGRAMS.ask, args);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Asked);
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;
}

test.for(['127.0.0.1', '::1'])(
  'a server that takes 20 ms, at %s: median and p99 as by the asker’s clock',
  async (server, context) => {
    need(context, 'live', lacksLive());
    await inFolder(async (folder) => {
      const world = await World.open();
      const slow = await startSlow(world, server, 53, DELAY_MS);
      let asked: Asked[] = [];
      const { dns } = await observed(folder, [], async () => {
        asked = await ask(world, server, QUERIES, 'q', 2000);
        await slow.stop();
      });
      const mine = dns.filter(({ netns }) => netns.inode === world.netnsInode);
      const [clients, servers] = (['client', 'server'] as const).map((role) =>
        mine.filter((line) => line.role === role),
      );
      for (const lines of [clients!, servers!]) {
        expect(lines.map(({ question }) => question.name)).toEqual(asked.map(({ name }) => name));
        expect(lines.map(({ id }) => id)).toEqual(asked.map(({ id }) => id));
      }
      const byAsker = asked.map(({ latency_us }) => latency_us!);
      const atClient = clients!.map(({ latency_us }) => latency_us!);
      const atServer = servers!.map(({ latency_us }) => latency_us!);
      const figures = { byAsker, atClient, atServer };
      const shown = Object.entries(figures).map(
        ([name, all]) => `${name} ${quantile(all, 0.5)} µs, p99 ${quantile(all, 0.99)} µs`,
      );
      console.log(shown.join('; '));
      for (const share of [0.5, 0.99]) {
        expect(Math.abs(quantile(atClient, share) - quantile(byAsker, share)), shown.join('; ')).toBeLessThan(1000);
      }
      for (const [i, us] of byAsker.entries()) {
        // The one is within the other: from within the send to within the receive, and the server's wait in that.
        expect(atClient[i]).toBeLessThanOrEqual(us);
        expect(atServer[i]).toBeLessThanOrEqual(atClient[i]!);
        expect(atServer[i]).toBeGreaterThanOrEqual(DELAY_MS * 1000);
      }
      await world.close();
    });
  },
);

/** Waits until so many records are in the output. */
async function told(path: string, count: number, pick: (line: DnsLine) => boolean): Promise<DnsLine[]> {
  for (;;) {
    // The last line may not be whole yet.
    const whole = readFileSync(path, 'utf8').replace(/[^\n]*$/, '');
    const found = whole
      .split('\n')
      .filter((line) => line.startsWith('{"record":"dns",'))
      .map((line) => JSON.parse(line) as DnsLine)
      .filter(pick);
    if (found.length >= count) return found;
    await sleep(100);
  }
}

test('a server that is stopped, and one that does not answer: time-outs, told when the time is over', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'dns-tools', lacksTool('unbound') ?? lacksTool('dig'));
  await inFolder(async (folder) => {
    const world = await World.open();
    const unbound = await Unbound.start(world, world.folder, { interfaces: ['127.0.0.2@53'] });
    const slow = await startSlow(world, '127.0.0.1', 53, 0);
    const observer = await Observer.start(folder, '--with', 'dns', '--set', 'dns.timeout=1000');
    const inode = world.netnsInode;
    const timedOut = (line: DnsLine) => line.netns.inode === inode && line.outcome === 'timed_out';

    expect(await ask(world, '127.0.0.1', 2, 'before', 1000)).not.toContainEqual(
      expect.objectContaining({ latency_us: null }),
    );
    await slow.stop();
    const lost = await ask(world, '127.0.0.1', 3, 'stopped', 100);
    expect(lost.map(({ latency_us }) => latency_us)).toEqual([null, null, null]);
    expect(await dig(world, '127.0.0.2', 53, ['a.silent.test A', 'b.silent.test AAAA'])).toEqual([]);

    // Of the stopped one only the client's end is there; the silent one has both.
    const lines = await told(observer.output, 7, timedOut);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    expect(lines.map(({ role, question }) => `${role} ${question.name} ${question.type}`).sort()).toEqual([
      'client a.silent.test A',
      'client b.silent.test AAAA',
      'client stopped-1.slow.test A',
      'client stopped-2.slow.test A',
      'client stopped-3.slow.test A',
      'server a.silent.test A',
      'server b.silent.test AAAA',
    ]);
    for (const line of lines) {
      expect(line).toMatchObject({
        rcode: null,
        rcode_number: null,
        latency_us: null,
        truncated: null,
        ttl: null,
        messages: 1,
      });
      expect(line).toMatchObject({ answers: [], answer_count: null, retries: 0 });
    }
    expectClosedDns(observer.output);
    expect(readDns(observer.output).filter((line) => line.netns.inode === inode)).toHaveLength(7 + 4);
    expect(unbound.lines().filter(({ kind }) => kind === 'reply')).toEqual([]);
    await world.close();
  });
});
