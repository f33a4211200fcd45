/** Who does not see a connection cannot answer in it: not even of its loss, or its end, is anything believed. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { observed } from './support/dns/observed.js';
import { freePort } from './support/free-port.js';

test('answers over TCP of other sequence numbers are not of the connection', async (context) => {
  need(context, 'live', lacksLive() ?? lacksCommand('python3'));
  await inFolder(async (folder) => {
    const port = await freePort();
    let forged = 0;
    const { dns, sums } = await observed(folder, ['--set', `dns.ports=[${port}]`], async () => {
      const script = `${CHECKOUT}test/live/traffic/dns_blind.py`;
      forged = JSON.parse(execFileSync('python3', [script, String(port)], { encoding: 'utf8' })).forged;
    });
    expect(forged).toBe(24);
    expect(dns.map(({ role }) => role).sort()).toEqual(['client', 'server']);
    for (const { answers, rcode } of dns) {
      expect(rcode).toBe('noerror');
      expect(JSON.stringify(answers)).toContain('192.0.2.7');
      expect(JSON.stringify(answers)).not.toContain('198.51.100.66');
    }
    // Each leaves and arrives. Of eight places one may be that of the connection by chance.
    expect(sums.notes.stray).toBeGreaterThanOrEqual(2 * forged - 3);
  });
});
