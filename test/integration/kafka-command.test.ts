/** The command with a Kafka: what it hands over is found by a consumer that is not ours, and what is not there is told, exactly. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { COMMAND } from '../live/support/checkout.js';
import { Observer } from '../live/support/observe.js';
import { unbroken } from '../live/support/sums.js';
import { temporaryFolder } from '../recording/helpers.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { configFile, connections, countOf, linesOf, NOBODY, recordsIn, run } from './support/command.js';
import { consumed } from './support/consumed.js';
import { type Kafka, needSender } from './support/kafka.js';
import { childrenOf } from './support/processes.js';

const SAMPLE = 'test/recordings/sample.ctr';
const number = (text: string | undefined) => Number((text ?? 'none').replaceAll(',', ''));

/** What the last line says: `1,200 acknowledged, 34 wait …`. */
function fateOf(stderr: string): Record<string, number> {
  const line =
    unbroken(stderr)
      .split('\n')
      .find((text) => text.includes(' acknowledged, ')) ?? stderr;
  const words = ['acknowledged', 'wait', 'lost', 'dead-lettered', 'expired', 'dropped'];
  return Object.fromEntries(
    words.flatMap((word) => {
      const found = new RegExp(`([\\d,]+) ${word}\\b`).exec(line)?.[1];
      return found === undefined ? [] : [[word, number(found)]];
    }),
  );
}

function target(kafka: Kafka, brokers = kafka.brokers) {
  const prefix = `t-${randomUUID()}`;
  return { prefix, to: `kafka://${brokers}/${prefix}` };
}

test('observe: the topics have what standard output has, and the output says what became of it', async (context) => {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  const folder = temporaryFolder();
  const { prefix, to } = target(kafka);
  const spool = join(folder, 'spool');
  const observer = await Observer.start(
    folder,
    '--to',
    to,
    '--kafka-config',
    configFile(folder, kafka),
    '--spool',
    spool,
  );
  await connections(300);
  // The end gives it some seconds for the rest; a broker that has just begun makes its first topics in as many.
  await expect
    .poll(async () => (await run('spool', 'list', spool)).stdout)
    .toMatch(/^[1-9]\d* records spooled: 0 wait/m);
  const { status, errors } = await observer.stop();
  expect(errors).not.toContain('[CONNTRAIL_');
  expect(status).toBe(0);
  const printed = linesOf(observer.output);
  const found = await recordsIn(kafka.brokers, prefix);
  expect(printed.get('connection')!.length).toBeGreaterThanOrEqual(600);
  expect([...found.keys()].sort()).toEqual(['connection', 'ledger', 'output']);
  const plain = ({ seq, cookie, state, local, remote, total }: Record<string, unknown>) =>
    JSON.parse(JSON.stringify([seq, cookie, state, local, remote, total]));
  expect(found.get('connection')!.map(plain)).toEqual(printed.get('connection')!.map(plain));
  expect(countOf(found.get('ledger'))).toBe(printed.get('ledger')!.length);
  expect(found.get('ledger')!.at(-1)).toMatchObject({ final: true });
  const accounts = found.get('output')!;
  expect(countOf(accounts)).toBe(printed.get('ledger')!.length);
  const last = accounts.at(-1) as { spool_first: number; series: { record: string; written: object; acked: object }[] };
  expect(last.spool_first).toBe(1);
  expect(last.series.find(({ record }) => record === 'connection')).toMatchObject({
    written: { records: found.get('connection')!.length },
    refused: { records: 0, units: 0 },
    dead_lettered: { records: 0 },
    expired: { records: 0 },
  });
  const sum = [...found.values()].reduce((records, list) => records + list.length, 0);
  expect(fateOf(errors)).toEqual({ acknowledged: sum, wait: 0, 'dead-lettered': 0, expired: 0, dropped: 0 });
  expect((await run('spool', 'verify', spool)).status).toBe(0);
});

test('kcat finds them too', async (context) => {
  const kafka = needSender(context);
  need(context, 'kcat', lacksCommand('kcat'));
  const folder = temporaryFolder();
  const { prefix, to } = target(kafka);
  const replayed = await run('replay', SAMPLE, '--to', to, '--kafka-config', configFile(folder, kafka));
  expect(replayed.status).toBe(0);
  const args = ['-C', '-q', '-e', '-b', kafka.brokers, '-t', `${prefix}.connection`, '-f', '%p %k\n'];
  const lines = execFileSync('kcat', args, { encoding: 'utf8' }).trim().split('\n');
  expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(1);
  expect(lines.map((line) => Number(line.split('/').at(-1)))).toEqual(lines.map((_, i) => i + 1));
});

test.for(['message', 'block'])('replay waits until all of it is there, in framing %s', async (framing, context) => {
  const kafka = needSender(context);
  const folder = temporaryFolder();
  const { prefix, to } = target(kafka);
  const config = configFile(folder, kafka, { framing });
  const directory = join(folder, 'out');
  const { status, stderr } = await run(
    'replay',
    SAMPLE,
    '--to',
    to,
    '--kafka-config',
    config,
    '--to',
    directory,
    '-o',
    'ndjson',
  );
  expect(stderr).not.toContain('[CONNTRAIL_');
  expect(status).toBe(0);
  expect((await run('verify', directory)).status).toBe(0);
  const { acknowledged, lost } = fateOf(stderr);
  expect(lost).toBe(0);
  if (framing === 'block') return;
  const found = await recordsIn(kafka.brokers, prefix);
  expect([...found.values()].reduce((sum, list) => sum + countOf(list), 0)).toBe(acknowledged);
});

test('a replay that is not waited for any more leaves no process behind', async (context) => {
  const kafka = needSender(context);
  const folder = temporaryFolder();
  const { to } = target(kafka, NOBODY);
  const options = ['--to', to, '--kafka-config', configFile(folder, kafka), '--spool', join(folder, 'spool')];
  const child = spawn(COMMAND, ['replay', SAMPLE, '-o', 'ndjson', ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  while (!printed.includes('"final":true')) await once(child.stdout, 'data');
  // Its sender is told to take its time by now.
  await sleep(1_500);
  const senders = childrenOf(child.pid!);
  expect(senders).toHaveLength(1);
  while (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGINT');
    await sleep(100);
  }
  await ended;
  while (existsSync(`/proc/${senders[0]}`)) await sleep(50);
});

test('SIGTERM with nobody there: it ends, all of it waits on disk, and a drain delivers it', async (context) => {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  const folder = temporaryFolder();
  const spool = join(folder, 'spool');
  const config = configFile(folder, kafka);
  const down = target(kafka, NOBODY);
  const observer = await Observer.start(folder, '--to', down.to, '--kafka-config', config, '--spool', spool);
  await connections(100);
  await observer.tells(/cannot be reached .*\[CONNTRAIL_KAFKA_UNREACHABLE\]/);
  const { status, errors } = await observer.stop('SIGTERM');
  expect(status).toBe(0);
  const printed = linesOf(observer.output);
  const sum = [...printed.values()].reduce((records, list) => records + list.length, 0);
  expect(fateOf(errors)).toEqual({ acknowledged: 0, wait: sum, 'dead-lettered': 0, expired: 0, dropped: 0 });
  const up = `kafka://${kafka.brokers}/${down.prefix}`;
  const drained = await run('spool', 'drain', spool, '--to', up, '--kafka-config', config);
  expect(drained.stderr).toContain(`${sum.toLocaleString('en-US')} acknowledged, 0 wait, 0 dead-lettered`);
  expect(drained.status).toBe(0);
  const found = await recordsIn(kafka.brokers, down.prefix);
  for (const [name, lines] of printed) expect(countOf(found.get(name)), name).toBe(lines.length);
  expect(found.get('connection')!.map(({ cookie }) => cookie)).toEqual(
    printed.get('connection')!.map(({ cookie }) => cookie),
  );
  expect((await run('spool', 'list', spool)).status).toBe(0);
  expect((await run('spool', 'verify', spool)).status).toBe(0);
  // Again there is nothing to do.
  expect((await run('spool', 'drain', spool, '--to', up, '--kafka-config', config)).status).toBe(0);
});

test('in memory, with nobody there: what is lost is told to the record, and the status is 1', async (context) => {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  const folder = temporaryFolder();
  const { to } = target(kafka, NOBODY);
  const observer = await Observer.start(folder, '--to', to, '--kafka-config', configFile(folder, kafka));
  const place = readdirSync('/dev/shm').find((name) => name.startsWith(`conntrail-${observer.pid}-`));
  await connections(100);
  const { status, errors } = await observer.stop();
  const printed = linesOf(observer.output);
  const sum = [...printed.values()].reduce((records, list) => records + list.length, 0);
  expect(fateOf(errors)).toEqual({ acknowledged: 0, lost: sum, 'dead-lettered': 0, expired: 0, dropped: 0 });
  expect(errors).toContain(`${sum} records were not acknowledged by ${to} and are lost with the spool in memory`);
  const closed = printed.get('connection')!.filter(({ state }) => state === 'closed').length;
  const refused = /([\d,]+) not written by the output/.exec(unbroken(errors))?.[1];
  expect(unbroken(errors)).toMatch(/connections closed in .*: 0 written,/);
  expect(number(refused)).toBe(closed);
  expect(status).toBe(1);
  expect(place).toBeDefined();
  expect(existsSync(`/dev/shm/${place}`)).toBe(false);
});

test('the process that sends is killed: it is begun again, and all of it arrives', async (context) => {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  const folder = temporaryFolder();
  const { prefix, to } = target(kafka);
  const spool = join(folder, 'spool');
  const observer = await Observer.start(
    folder,
    '--to',
    to,
    '--kafka-config',
    configFile(folder, kafka),
    '--spool',
    spool,
  );
  await connections(100);
  const child = execFileSync('pgrep', ['-P', String(observer.pid), '-f', 'sender/main.js'], { encoding: 'utf8' });
  process.kill(Number(child), 'SIGKILL');
  await observer.tells(/ended by SIGKILL; it is begun again, .*\[CONNTRAIL_KAFKA_SENDER\]/);
  await connections(100);
  const { status, errors } = await observer.stop();
  expect(status).toBe(0);
  if (fateOf(errors).wait! > 0) {
    expect((await run('spool', 'drain', spool, '--to', to, '--kafka-config', configFile(folder, kafka))).status).toBe(
      0,
    );
  }
  const found = await recordsIn(kafka.brokers, prefix);
  for (const [name, lines] of linesOf(observer.output)) {
    const seqs = new Set(found.get(name)!.map(({ seq }) => seq));
    expect(
      [...seqs].sort((a, b) => Number(a) - Number(b)),
      name,
    ).toEqual(lines.map(({ seq }) => seq));
  }
});

test('what it cannot work without is told before anything is traced', async (context) => {
  const kafka = needSender(context);
  const folder = temporaryFolder();
  const { to } = target(kafka);
  const sasl = { mechanism: 'PLAIN', user: 'u', passwordFile: 'absent' };
  const config = configFile(folder, kafka, { tls: {}, sasl });
  const absent = await run('replay', SAMPLE, '--to', to, '--kafka-config', config);
  expect(absent).toMatchObject({ status: 1, stdout: '' });
  expect(absent.stderr).toMatch(/^conntrail: .*absent.*\[CONNTRAIL_IO\]\n$/);
  writeFileSync(join(folder, 'absent'), 'hunter2', { mode: 0o644 });
  const open = await run('replay', SAMPLE, '--to', to, '--kafka-config', config);
  expect(open).toMatchObject({ status: 2, stdout: '' });
  expect(open.stderr).toMatch(/can be read by others; run chmod 600 on it \[CONNTRAIL_OPTION\]\n$/);
  writeFileSync(join(folder, 'kafka.json'), '{"registry": {"url": "http://r", "token": "hunter2"}}');
  const unknown = await run('replay', SAMPLE, '--to', to, '--kafka-config', config);
  expect(unknown).toMatchObject({ status: 2, stdout: '' });
  expect(unknown.stderr).toMatch(/unknown option registry\.token\. \[CONNTRAIL_OPTION\]\n$/);
  expect(absent.stderr + open.stderr + unknown.stderr).not.toContain('hunter2');
  expect(readdirSync('/dev/shm').filter((name) => name.startsWith(`conntrail-${process.pid}-`))).toEqual([]);
});

/** A program of docs/kafka.md, for this Kafka and folder; its path. */
function program(contains: string, folder: string, changes: [string, string][]): string {
  const fences = [...readFileSync('docs/kafka.md', 'utf8').matchAll(/^```javascript\n([\s\S]*?)^```$/gm)];
  let text = fences.map(([, body]) => body!).find((body) => body.includes(contains))!;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of ['conntrail', 'avsc']) {
    const to = name === 'conntrail' ? process.cwd() : join(process.cwd(), 'node_modules', name);
    if (!existsSync(join(folder, 'node_modules', name))) symlinkSync(to, join(folder, 'node_modules', name));
  }
  const path = join(folder, `${contains}.mjs`);
  writeFileSync(path, text);
  return path;
}

test('the programs of docs/kafka.md: one writes, the other takes blocks apart', async (context) => {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  const folder = temporaryFolder();
  const { prefix, to } = target(kafka);
  const writes = program('openKafkaOutput', folder, [
    ['kafka://broker1:9092,broker2/conntrail', to],
    ["{ url: 'http://registry:8081/apis/ccompat/v7' },", `{ url: '${kafka.registry}' }, framing: 'block',`],
    ['/var/lib/conntrail/spool', join(folder, 'spool')],
  ]);
  const child = spawn(process.execPath, [writes], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const [status] = await once(child, 'close');
  expect([status, stderr]).toEqual([0, '']);
  const { acknowledged, wait } = fateOf(stdout);
  expect(wait).toBe(0);
  const { records } = await import(program('decodeKafkaMessage', folder, []));
  const schemaOf = new Map<number, unknown>();
  let count = 0;
  for (const messages of (await consumed(kafka.brokers, prefix)).values()) {
    const seqs: number[] = [];
    for (const { value } of messages) {
      const id = value.readUInt32BE(1);
      if (!schemaOf.has(id)) {
        const answer = await fetch(`${kafka.registry}/schemas/ids/${id}`);
        schemaOf.set(id, JSON.parse(((await answer.json()) as { schema: string }).schema));
      }
      for (const { seq } of records(value, (of: number) => schemaOf.get(of))) seqs.push(seq);
    }
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    count += seqs.length;
  }
  expect(count).toBe(acknowledged);
});
