/** `conntrail dns` as people use it: on a terminal, on a pipe, recorded and replayed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, type TestContext, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { COMMAND, inFolder } from './support/checkout.js';
import { dig } from './support/dns/askers.js';
import { type DnsLine, outcomeOf } from './support/dns/records.js';
import { installTools, lacksTool } from './support/dns/tools.js';
import { Unbound } from './support/dns/unbound.js';
import { World } from './support/dns/world.js';
import { type Ended, run, runBeside } from './support/observe.js';
import { Terminal } from './support/tmux.js';

const QUESTIONS = [
  'www.corp.test A',
  'farther.corp.test AAAA',
  'missing.corp.test A',
  'corp.test MX',
  'x.refused.test A',
];

beforeAll(() => installTools());

function needs(context: TestContext): void {
  need(context, 'live', lacksLive());
  need(context, 'dns-tools', lacksTool('unbound') ?? lacksTool('dig'));
}

/** The questions asked beside `conntrail dns OPTIONS`. */
async function beside(folder: string, ...options: string[]): Promise<Ended & { stdout: string }> {
  const world = await World.open();
  const unbound = await Unbound.start(world, world.folder);
  const command = [COMMAND, 'dns', '--domain', '*.test', ...options];
  const ended = await runBeside(command, folder, () => dig(world, '127.0.0.1', 53, QUESTIONS));
  await unbound.stop();
  await world.close();
  return ended;
}

const dnsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{"record":"dns",'))
    .map((line) => JSON.parse(line) as DnsLine);
const asked = (lines: readonly DnsLine[]) =>
  lines.filter(({ role }) => role === 'client').map((line) => `${outcomeOf(line).name} ${outcomeOf(line).rcode}`);

test('NDJSON: both ends of each query, a ledger of nothing but DNS, and no connections', async (context) => {
  needs(context);
  await inFolder(async (folder) => {
    const { status, errors, stdout } = await beside(folder, '-o', 'ndjson');
    expect(status, errors).toBe(0);
    expect(errors).toMatch(/^conntrail: \d+ messages of dns in /m);
    expect(asked(dnsOf(stdout))).toEqual([
      'www.corp.test NOERROR',
      'farther.corp.test NOERROR',
      'missing.corp.test NXDOMAIN',
      'corp.test NOERROR',
      'x.refused.test REFUSED',
    ]);
    expect(dnsOf(stdout)).toHaveLength(2 * QUESTIONS.length);
    expect(stdout).not.toContain('"record":"connection"');
    expect(stdout).not.toContain('"feature":"connections"');
  });
});

test('--failures, --slow, --type: what is left out is counted as filtered', async (context) => {
  needs(context);
  await inFolder(async (folder) => {
    const failed = await beside(folder, '-o', 'ndjson', '--failures');
    expect(asked(dnsOf(failed.stdout))).toEqual(['missing.corp.test NXDOMAIN', 'x.refused.test REFUSED']);
    const slow = await beside(folder, '-o', 'ndjson', '--slow', '10s');
    expect(dnsOf(slow.stdout)).toEqual([]);
    const mail = await beside(folder, '-o', 'ndjson', '--type', 'MX');
    expect(asked(dnsOf(mail.stdout))).toEqual(['corp.test NOERROR']);
    for (const [{ stdout, errors }, left] of [
      [failed, 3],
      [slow, 5],
      [mail, 4],
    ] as const) {
      const path = join(folder, 'out.ndjson');
      writeFileSync(path, stdout);
      const verified = await run('verify', path);
      expect(verified.status, `${verified.stdout}${errors}`).toBe(0);
      const filtered = stdout
        .split('\n')
        .filter((line) => line.startsWith('{"record":"ledger"'))
        .flatMap((line) => (JSON.parse(line) as { accounts: { filtered: number }[] }).accounts)
        .reduce((all, row) => all + row.filtered, 0);
      // Query and answer, at either end; others of this host may have asked beside.
      expect(filtered).toBeGreaterThanOrEqual(4 * left);
    }
  });
});

test('a recording replays as the table that was shown', async (context) => {
  needs(context);
  await inFolder(async (folder) => {
    const recording = join(folder, 'dns.ctr');
    const { status, errors, stdout } = await beside(folder, '-o', 'table', '--record', recording);
    expect(status, errors).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2 * QUESTIONS.length + 2);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(80);
    const replayed = await run('replay', recording, '--records', 'dns', '-o', 'table');
    expect(replayed.errors).toBe('');
    expect(replayed.stdout.toString()).toBe(stdout);
    expect((await run('verify', recording)).status).toBe(0);
  });
});

test('--statistics: sums in place of queries', async (context) => {
  needs(context);
  await inFolder(async (folder) => {
    const { status, errors, stdout } = await beside(folder, '-o', 'ndjson', '--statistics', '--interval', '1m');
    expect(status, errors).toBe(0);
    expect(dnsOf(stdout)).toEqual([]);
    const sums = stdout
      .split('\n')
      .filter((line) => line.startsWith('{"record":"dns_statistics",'))
      .map((line) => JSON.parse(line) as { domain: string; rcodes: Record<string, number> })
      .filter(({ domain }) => domain.endsWith('.test'));
    expect(Object.fromEntries(sums.map(({ domain, rcodes }) => [domain, rcodes]))).toEqual({
      'www.corp.test': { noerror: 1 },
      'farther.corp.test': { noerror: 1 },
      'missing.corp.test': { nxdomain: 1 },
      'corp.test': { noerror: 1 },
      'x.refused.test': { refused: 1 },
    });
  });
});

test('on a terminal of 80 columns: a table, red where it failed, until ^C', async (context) => {
  needs(context);
  need(context, 'live', lacksCommand('tmux'));
  await inFolder(async (folder) => {
    const world = await World.open();
    const unbound = await Unbound.start(world, world.folder);
    using terminal = new Terminal();
    const ready = join(folder, 'ready');
    terminal.type(`clear; ${COMMAND} dns --domain '*.test' --ready-file ${ready}; echo "status $?"`);
    while (!existsSync(ready)) await sleep(20);
    await dig(world, '127.0.0.1', 53, QUESTIONS);
    await terminal.until(/← .*x\.refused\.test|x\.refused.*REFUSED/);
    const lines = await terminal.until(/dig\(\d+\).* → 127\.0\.0\.1 +A +x\.refused\.test +REFUSED/);
    expect(
      lines.find((line) => /^TIME +PROCESS\(PID\) +REMOTE +TYPE +QUESTION +ANSWER +TOOK$/.test(line)),
    ).toBeDefined();
    expect(lines.some((line) => /dig\(\d+\).* → 127\.0\.0\.1 +A +www\.corp\.test +192\.0\.2\.\d/.test(line))).toBe(
      true,
    );
    const failed = () => terminal.lines({ colours: true }).filter((line) => line.includes('\x1b[31m'));
    await expect.poll(failed).toHaveLength(4);
    const red = failed();
    for (const line of red) expect(line.split('\x1b[31m')[1]).toMatch(/^(?:NXDOMAIN|REFUSED)/);
    terminal.press('C-c');
    await terminal.until(/^status 0$/);
    await unbound.stop();
    await world.close();
  });
});

test('without privilege: one line, status 3', async (context) => {
  needs(context);
  const child = spawn(
    'setpriv',
    ['--reuid', '65534', '--clear-groups', '--inh-caps=-all', COMMAND, 'dns', '--for', '1s'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (errors += text));
  const [status] = await once(child, 'close');
  expect(errors).toMatch(/^conntrail: .* \[CONNTRAIL_PRIVILEGE\]\n$/);
  expect(status).toBe(3);
});
