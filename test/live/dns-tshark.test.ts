/** What tshark reads in a capture taken beside the command: id, name, type, code and addresses of every message that both accept. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { dig, dnsperf, lookUp } from './support/dns/askers.js';
import { captured, dissect } from './support/dns/capture.js';
import { ofRecord, ofTshark } from './support/dns/messages.js';
import { observed } from './support/dns/observed.js';
import { buildPrograms, PROGRAMS } from './support/dns/programs.js';
import { startSlow } from './support/dns/servers.js';
import { installTools, lacksTool } from './support/dns/tools.js';
import { Unbound } from './support/dns/unbound.js';
import { World } from './support/dns/world.js';

const NAMES = ['www', 'farther.corp.test', 'dangling.corp.test', 'v6', 'missing', 'x.refused.test'];
const QUESTIONS = [
  'www.corp.test A',
  'corp.test MX',
  'corp.test SOA',
  'text.corp.test TXT',
  '_http._tcp.corp.test SRV',
  'svc.corp.test HTTPS',
  'big.corp.test A',
  'big.corp.test AAAA',
  'www.corp.test A +tcp',
  'WWW.Corp.Test A',
  'missing.corp.test A',
  'x.refused.test A',
  'a.silent.test A',
];
beforeAll(() => {
  installTools();
  buildPrograms();
});

test('every message of a capture, at either end and on the wire', async (context) => {
  need(context, 'live', lacksLive());
  need(
    context,
    'dns-tools',
    ['tshark', 'dumpcap', 'unbound', 'dig', 'dnsperf'].map(lacksTool).find((lack) => lack !== null) ?? null,
  );
  await inFolder(async (folder) => {
    const world = await World.open({
      'resolv.conf': 'nameserver ::1\nsearch corp.test\noptions timeout:2 attempts:1\n',
    });
    const unbound = await Unbound.start(world, world.folder);
    const slow = await startSlow(world, '127.0.0.9', 53, 5);
    const file = join(world.folder, 'capture.pcapng');
    const { dns } = await observed(folder, ['--set', `dns.netns=["${world.netns}"]`], async () => {
      await captured(world, file, async () => {
        await lookUp(world, PROGRAMS.glibc, NAMES);
        await dig(world, '127.0.0.1', 53, QUESTIONS);
        await world.run(PROGRAMS.ask, ['127.0.0.9', '53', '20', 'q', '1000']);
        await dnsperf(world, `${QUESTIONS.slice(0, 5).join('\n')}\n`, '-n', '40', '-q', '20');
      });
      await slow.stop();
      await unbound.stop();
    });
    const expected = (await dissect(file)).map(ofTshark).sort();
    expect(expected.length).toBeGreaterThan(400);
    const mine = dns.filter(({ netns }) => netns.inode === world.netnsInode);
    for (const role of ['client', 'server', 'observer'] as const) {
      // An answer of more records than a record tells has the first 32 of them only.
      const lines = mine.filter((line) => line.role === role);
      const long = (text: string) => text.split(',').length > 32;
      expect(
        lines.filter(({ retries }) => retries > 0),
        role,
      ).toEqual([]);
      const told = lines.flatMap(ofRecord).sort();
      expect(
        told.filter((text) => !text.includes('big.corp.test')),
        role,
      ).toEqual(expected.filter((text) => !text.includes('big.corp.test')));
      const big = expected.filter((text) => text.includes('big.corp.test'));
      expect(lines.filter(({ question }) => question.name === 'big.corp.test').length, role).toBe(
        big.filter((text) => text.endsWith(' asks')).length,
      );
      const [all] = big.filter(long).map((text) => text.slice(text.indexOf('[') + 1, -1).split(','));
      const some = lines.find(({ answer_count }) => answer_count === 200)!.answers.map(({ value }) => value!);
      expect(some).toHaveLength(32);
      expect(all).toEqual(expect.arrayContaining(some));
    }
    await world.close();
  });
});
