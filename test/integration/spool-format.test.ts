/** A spool between two builds, of which the later one has the next format: that one takes over what this one left, and there is no way back. */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SPOOL_FORMAT } from '../../src/spool/format-number.js';
import { CHECKOUT, COMMAND } from '../live/support/checkout.js';
import { temporaryFolder } from '../recording/helpers.js';
import { lacksLive } from '../support/require.js';
import { configFile, countOf, NOBODY, recordsIn, run, runOf } from './support/command.js';
import { needSender } from './support/kafka.js';
import { childrenOf } from './support/processes.js';

const SAMPLE = join(CHECKOUT, 'test/recordings/sample.ctr');

/** This build with the next format: its command. */
function laterBuild(folder: string): string {
  mkdirSync(folder);
  for (const name of ['bin', 'dist']) cpSync(join(CHECKOUT, name), join(folder, name), { recursive: true });
  for (const name of ['node_modules', 'build', 'schemas', 'package.json'])
    symlinkSync(join(CHECKOUT, name), join(folder, name));
  const path = join(folder, 'dist/spool/format-number.js');
  const [text, patched] = [`SPOOL_FORMAT = ${SPOOL_FORMAT};`, `SPOOL_FORMAT = ${SPOOL_FORMAT + 1};`];
  const source = readFileSync(path, 'utf8');
  expect(source).toContain(text);
  writeFileSync(path, source.replace(text, patched));
  return join(folder, 'bin/conntrail');
}

/** A recording replayed into the spool by a build that is killed with all of it there; what it printed, by record type. */
async function leftBy(command: string, spool: string, to: readonly string[]): Promise<Map<string, number>> {
  const child = spawn(command, ['replay', SAMPLE, '-o', 'ndjson', ...to, '--spool', spool], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  while (!printed.includes('"final":true')) await once(child.stdout, 'data');
  const lines = () => printed.split('\n').filter(Boolean);
  const spooled = async () => {
    const { stdout } = await runOf(command, 'spool', 'list', spool);
    return Number(/^([\d,]+) records spooled/m.exec(stdout)?.[1]?.replaceAll(',', '') ?? 0);
  };
  while ((await spooled()) < lines().length) await sleep(50);
  for (const pid of [child.pid!, ...childrenOf(child.pid!)]) process.kill(pid, 'SIGKILL');
  await once(child, 'close');
  const counts = new Map<string, number>();
  for (const line of lines()) {
    const { record } = JSON.parse(line) as { record: string };
    counts.set(record, (counts.get(record) ?? 0) + 1);
  }
  return counts;
}

/** Names, bytes and times of what is in a folder. */
function stateOf(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { mtimeMs, size, mode } = statSync(path);
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    return `${name} ${mode} ${size} ${mtimeMs} ${digest}`;
  });
}

async function expectRefused(spool: string, to: readonly string[]): Promise<void> {
  const before = stateOf(spool);
  const commands = [
    ['spool', 'list', spool],
    ['spool', 'verify', spool],
    ['spool', 'drain', spool, ...to],
    ['replay', SAMPLE, ...to, '--spool', spool],
    ...(lacksLive() === null ? [['observe', '-o', 'ndjson', ...to, '--spool', spool]] : []),
  ];
  for (const args of commands) {
    const { status, stdout, stderr } = await run(...args);
    expect(stderr, args.join(' ')).toContain(
      `${spool} has spool format ${SPOOL_FORMAT + 1}, this conntrail knows ${SPOOL_FORMAT} and earlier`,
    );
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.includes('[CONNTRAIL_VERSION]')),
    ).toHaveLength(1);
    expect([status, stdout], args.join(' ')).toEqual([1, '']);
  }
  expect(stateOf(spool)).toEqual(before);
}

test('a spool of the next format is refused by every command, and nothing of it is touched', async (context) => {
  const kafka = needSender(context);
  const folder = temporaryFolder();
  const spool = join(folder, 'spool');
  const to = ['--to', `kafka://${NOBODY}/p`, '--kafka-config', configFile(folder, kafka)];
  await leftBy(laterBuild(join(folder, 'later')), spool, to);
  await expectRefused(spool, to);
});

test('a later build delivers what this one left, and makes the spool its own', async (context) => {
  const kafka = needSender(context);
  const folder = temporaryFolder();
  const spool = join(folder, 'spool');
  const prefix = `t-${randomUUID()}`;
  const config = ['--kafka-config', configFile(folder, kafka)];
  const printed = await leftBy(COMMAND, spool, ['--to', `kafka://${NOBODY}/${prefix}`, ...config]);
  const later = laterBuild(join(folder, 'later'));
  const to = ['--to', `kafka://${kafka.brokers}/${prefix}`, ...config];
  const drained = await runOf(later, 'spool', 'drain', spool, ...to);
  expect(drained.stderr).toContain(' 0 wait, 0 dead-lettered');
  expect(drained.status).toBe(0);
  const found = await recordsIn(kafka.brokers, prefix);
  for (const [name, count] of printed) expect(countOf(found.get(name)), name).toBe(count);
  await expectRefused(spool, to);
});
