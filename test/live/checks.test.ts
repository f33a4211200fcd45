/** `conntrail check`, as a user runs it: one feature alone, in every format, recorded and replayed, and where it may not run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { COMMAND, inFolder } from './support/checkout.js';
import { kernelObjects, leftBehind } from './support/kernel-objects.js';
import { run } from './support/observe.js';
import { type LedgerLine, withoutAccounts } from './support/output.js';

/** Names as the command lists them. */
const NAMES = execFileSync(COMMAND, ['check'], { encoding: 'utf8' })
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' ')[0]!);

const underscored = (name: string): string => name.replaceAll('-', '_');

test('what can be checked is listed, and more than one', () => {
  expect(NAMES).toEqual(expect.arrayContaining(['ebpf', 'oom-kill', 'tcp-queue-length']));
});

test.for(NAMES)(
  '%s alone: no hooks but its own, a ledger that closes, a replay that is the same',
  async (name, context) => {
    need(context, 'live', lacksLive());
    await inFolder(async (folder) => {
      const before = kernelObjects();
      const [recording, to, text] = ['a.ctr', 'to', 'a.ndjson'].map((file) => join(folder, file));
      const args = ['check', name, '--for', '1500ms', '-o', 'ndjson', '--record', recording!, '--to', to!];
      const { status, errors, stdout } = await run(...args);
      expect(status, errors).toBe(0);
      // Sums and nothing else; the longer ones are broken into two lines.
      expect(errors.replaceAll('\nconntrail:   ', ' ')).toMatch(
        new RegExp(`^conntrail: [\\d,]+ \\w+ of ${underscored(name)} in \\d+\\.\\d s: [^\\n]*, 0 lost\\n$`),
      );
      const lines = stdout.toString().trimEnd().split('\n');
      const ledgers = lines
        .filter((line) => line.startsWith('{"record":"ledger"'))
        .map((line) => JSON.parse(line) as LedgerLine);
      expect(ledgers.at(-1)!.final).toBe(true);
      for (const { accounts, hooks } of ledgers) {
        for (const { feature } of [...accounts, ...hooks]) expect(feature).toBe(underscored(name));
      }
      writeFileSync(text!, stdout);
      for (const path of [text!, to!, recording!]) {
        const verified = await run('verify', path);
        expect(verified.status, verified.errors).toBe(0);
      }
      const replayed = await run('replay', '-o', 'ndjson', recording!);
      expect(replayed.status, replayed.errors).toBe(0);
      expect(replayed.stdout.toString() === withoutAccounts(stdout.toString())).toBe(true);
      expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
    });
  },
);

test.for(NAMES)('%s without privilege: one line that says what is missing', async (name, context) => {
  need(context, 'live', lacksLive());
  const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const { status, stdout, stderr } = spawnSync('setpriv', [...nobody, process.execPath, COMMAND, 'check', name], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^conntrail: Run as root, or with what is missing: .*CAP_BPF.*\. \[CONNTRAIL_PRIVILEGE\]\n$/);
});

test('ebpf prints one table after a second, or after --for', async (context) => {
  need(context, 'live', lacksLive());
  const began = performance.now();
  const { status, errors, stdout } = await run('check', 'ebpf', '-o', 'table');
  expect(status, errors).toBe(0);
  expect(performance.now() - began).toBeGreaterThan(1000);
  // It is loaded itself, and so are its maps.
  expect(stdout.toString()).toContain('conntrail');
  const slow = await run('check', 'ebpf', '-o', 'table', '--for', '2500ms');
  expect(slow.errors).toMatch(/ in (?!1\.)\d+\.\d s: /);
});

test('--ready-file, and ^C', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const ready = join(folder, 'ready');
    const script = `"$0" check oom-kill --ready-file "$1" -o ndjson > "$2" & pid=$!
      for i in $(seq 200); do [ -e "$1" ] && break; sleep 0.05; done
      [ -e "$1" ] || exit 9
      kill -INT $pid; wait $pid`;
    const out = join(folder, 'out');
    const { status, stderr } = spawnSync('bash', ['-c', script, COMMAND, ready, out], { encoding: 'utf8' });
    expect([status, stderr.split('\n').length], stderr).toEqual([0, 2]);
    expect(readFileSync(out, 'utf8')).toContain('"final":true');
  });
});
