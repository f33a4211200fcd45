/** Kills for want of memory, as a user takes them: beside the connections and alone, in every format, in a program, from a recording. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import avro from 'avsc';
import { expect, type TestContext, test } from 'vitest';
import type * as library from '../../src/index.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, COMMAND, inFolder } from './support/checkout.js';
import { Observer, run } from './support/observe.js';
import { type Killed, killOneForMemory } from './support/oom.js';
import { withoutAccounts } from './support/output.js';

const ALONE = ['--without', 'connections', '--with', 'oom_kill'];

interface OomKill {
  host: string;
  run: number;
  seq: number;
  victim: { pid: number; name: string | null; uid: number | null; oom_score_adj: number | null };
  trigger: { pid: number; name: string; uid: number };
}

type Line = { record: string } & Record<string, unknown>;

function linesOf(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** Lets one be killed; skips the test where none can be. */
async function kill(context: TestContext): Promise<Killed> {
  const killed = await killOneForMemory();
  need(context, 'memory cgroup', killed === null ? 'no memory cgroup can be made here' : null);
  return killed!;
}

function expectOne(kills: readonly OomKill[], { pid, name }: Killed): void {
  const who = { ...(pid === null ? {} : { pid }), uid: process.getuid!() };
  expect(kills).toMatchObject([{ seq: 1, victim: who, trigger: { ...who, name } }]);
  const [{ victim }] = kills as [OomKill];
  expect([name, null]).toContain(victim.name);
  expect(victim.oom_score_adj === null).toBe(victim.name === null);
}

/** The sums of the feature's row over an output. */
function sums(lines: readonly Line[]): Record<string, number> {
  const rows = lines
    .filter(({ record }) => record === 'ledger')
    .flatMap(({ accounts }) => accounts as ({ feature: string } & Record<string, number>)[])
    .filter(({ feature }) => feature === 'oom_kill');
  const sum = (column: string): number => rows.reduce((all, row) => all + row[column]!, 0);
  return { attempted: sum('attempted'), read: sum('read'), enqueued: sum('enqueued'), given: sum('given') };
}

/** The header of a recording, read by its description: 24 bytes, then JSON whose length is the second word. */
function headerOf(path: string): { run: number; features: Record<string, unknown> } {
  const bytes = readFileSync(path);
  return JSON.parse(bytes.toString('utf8', 24, 24 + bytes.readUInt32LE(12)));
}

async function containers(folder: string, series: string): Promise<OomKill[]> {
  const records: OomKill[] = [];
  for (const name of readdirSync(folder).filter((each) => each.startsWith(`${series}-`) && each.endsWith('.avro'))) {
    const decoder = avro.createFileDecoder(join(folder, name));
    for await (const record of decoder as unknown as AsyncIterable<OomKill>) records.push(record);
  }
  return records;
}

test.for<[string, string[]]>([
  ['beside the connections', ['--with', 'oom_kill']],
  ['alone', ALONE],
])('%s: one record, the row closes, the replay is the same byte for byte', async ([, options], context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const [recording, to] = [join(folder, 'a.ctr'), join(folder, 'to')];
    const observer = await Observer.start(folder, ...options, '--record', recording, '--to', to);
    const killed = await kill(context);
    // It is told while it goes on, and so is the ledger.
    const soFar = () => linesOf(readFileSync(observer.output, 'utf8').replace(/[^\n]*$/, ''));
    const count = (type: string) => soFar().filter(({ record }) => record === type).length;
    await expect.poll(() => count('ledger')).toBeGreaterThan(1);
    await expect.poll(() => count('oom_kill')).toBeGreaterThan(0);
    const running = soFar();
    expectOne(running.filter(({ record }) => record === 'oom_kill') as unknown as OomKill[], killed);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    expect(errors).toContain('1 kills of oom_kill in ');

    const text = readFileSync(observer.output, 'utf8');
    const lines = linesOf(text);
    expectOne(lines.filter(({ record }) => record === 'oom_kill') as unknown as OomKill[], killed);
    expect(sums(lines)).toEqual({ attempted: 1, read: 1, enqueued: 1, given: 1 });
    expectOne(await containers(to, 'oom_kill'), killed);
    for (const path of [observer.output, to, recording]) {
      const verified = await run('verify', path);
      expect(verified.status, verified.errors).toBe(0);
      expect(verified.stdout.toString()).toContain('1 oom_kill records');
    }

    const header = headerOf(recording);
    expect(Object.keys(header.features)).toEqual(options === ALONE ? ['oom_kill'] : ['connections', 'oom_kill']);
    expect(new Set(lines.map((line) => line.run))).toEqual(new Set([header.run]));
    const replayed = await run('replay', '-o', 'ndjson', recording);
    expect(replayed.status, replayed.errors).toBe(0);
    expect(replayed.stdout.toString() === withoutAccounts(text)).toBe(true);
  });
});

test('one Avro stream has two record types, for whoever reads its schema', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--with', 'oom_kill', '-o', 'avro', '--name', 'nobody-has-this');
    const killed = await kill(context);
    await sleep(1200);
    expect((await observer.stop()).status).toBe(0);
    const found: Record<string, OomKill[]> = {};
    // The types of avsc know nothing of what it hands on to the type.
    const options = { wrapUnions: true } as object;
    const decoder = avro.createFileDecoder(observer.output, options) as unknown as AsyncIterable<object>;
    for await (const branch of decoder) {
      const [[name, record]] = Object.entries(branch) as [[string, OomKill]];
      (found[name] ??= []).push(record);
    }
    expect(Object.keys(found).sort()).toEqual(['conntrail.Ledger', 'conntrail.OomKill', 'conntrail.Output']);
    expect(found['conntrail.OomKill']).toHaveLength(1);
    expect(found['conntrail.OomKill']![0]!.trigger.name).toBe(killed.name);
  });
});

test('--records oom_kill leaves the connections out, and the ledger says so', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--with', 'oom_kill', '--records', 'oom_kill');
    const killed = await kill(context);
    await sleep(1200);
    expect((await observer.stop()).status).toBe(0);
    const lines = linesOf(readFileSync(observer.output, 'utf8'));
    expect(new Set(lines.map(({ record }) => record))).toEqual(new Set(['oom_kill', 'ledger', 'output']));
    expectOne(lines.filter(({ record }) => record === 'oom_kill') as unknown as OomKill[], killed);
    const verified = await run('verify', observer.output);
    expect(verified.status, verified.errors).toBe(0);
  });
});

test('a terminal shows a table of kills, and nothing of connections that are off', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('script'));
  await inFolder(async (folder) => {
    const ready = join(folder, 'ready');
    const observe = `stty cols 80; exec ${COMMAND} observe ${ALONE.join(' ')} --for 4s --color never --ready-file ${ready}`;
    const terminal = spawn('script', ['-qec', observe, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    while (!existsSync(ready) && terminal.exitCode === null) await sleep(20);
    const { pid, name } = await kill(context);
    await once(terminal, 'close');
    const [header, row, ...rest] = text.replaceAll('\r', '').trimEnd().split('\n');
    expect(header).toMatch(/^TIME +KILLED\(PID\) +RSS +ASKED\(PID\) +FULL +CGROUP$/);
    expect(row).toContain(`${name}(${pid ?? ''}`);
    expect(rest.join('\n')).toMatch(
      /^conntrail: 1 kills of oom_kill in (?:[3-9]|\d\d+)\.\d s: 1 written, 0 filtered, 0 held, 0 lost$/,
    );
  });
});

test('a program takes them by name; without connections there is no transport', async (context) => {
  need(context, 'live', lacksLive());
  const { openTracer } = (await import(`${CHECKOUT}dist/index.js`)) as typeof library;
  await using tracer = await openTracer({ features: { connections: false, oom_kill: true } });
  const kills = tracer.records('oom_kill');
  expect((await tracer.ready).map(({ feature, name }) => `${feature}.${name}`)).toEqual(['oom_kill.victim']);
  const killed = await kill(context);
  const { value } = await kills.next();
  expectOne([value as unknown as OomKill], killed);
  expect(tracer.statistics).toMatchObject({ transport: null, readerCount: 0, subscriberDropped: 0 });
  expect(() => tracer.connections()).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
  expect(() => tracer.records('nothing' as 'oom_kill')).toThrow(/choose from .*\bconnection, oom_kill\b/);
});
