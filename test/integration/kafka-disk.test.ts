/** The disk of the spool is full, or slow, while the sender sends from it: every count is exact, and all goes on once there is room. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext, test } from 'vitest';
import type { SpoolPolicy } from '../../src/spool/spool-options.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { Observer } from '../live/support/observe.js';
import { temporaryFolder } from '../recording/helpers.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { onSmallDisk } from '../support/small-disk.js';
import { configFile, linesOf, run } from './support/command.js';
import { consumed, recordsOf } from './support/consumed.js';
import { FaultProxy } from './support/fault-proxy.js';
import { type Kafka, needSender } from './support/kafka.js';
import { childrenOf } from './support/processes.js';
import { digestOf, RandomRecords } from './support/random-records.js';
import { expectRuns, outcomesOf } from './support/runs.js';
import { SenderProcess, targetOf } from './support/sender.js';
import { traffic } from './support/traffic.js';

/** Of the file system. */
const KIB = 4_096;
/** Bytes of a record beside its own; so many records are more than there is room for. */
const MORE = 600;
const STEP = 500;
const COUNT = 10_000;

interface Scene {
  readonly kafka: Kafka;
  readonly prefix: string;
  readonly mount: string;
  readonly writer: SpoolWriter;
  readonly records: RandomRecords;
  grow(kib: number): void;
}

async function onFullDisk(context: TestContext, policy: SpoolPolicy, body: (scene: Scene) => Promise<void>) {
  const kafka = needSender(context);
  await onSmallDisk(context, join(temporaryFolder(), 'disk'), KIB, async (mount, grow) => {
    const options = { policy, size: 1 << 30, age: Number.POSITIVE_INFINITY, segmentBytes: 1 << 18 };
    const writer = await SpoolWriter.open(join(mount, 'spool'), options);
    const records = new RandomRecords(writer, 1, ['connection'], { most: MORE, of: () => MORE });
    try {
      await body({ kafka, prefix: `t-${randomUUID()}`, mount, writer, records, grow });
    } finally {
      await writer.finish();
    }
  });
}

async function write({ records, writer }: Scene, count: number): Promise<void> {
  for (let i = 0; i < count; i += STEP) {
    records.write(STEP);
    await writer.idle();
  }
}

/** What the topic has, each once and in the order it was handed over; and the spool's account, which closes. */
async function expectAccount({ kafka, prefix, writer, records }: Scene) {
  const handed = records.handed.get('connection')!;
  const { handedOver, spooled, dropped } = writer.account;
  expect(handedOver.records).toBe(handed.length);
  expect(spooled.records + dropped.records).toBe(handed.length);
  const { acked, expired } = await outcomesOf(writer.name, 'connection');
  expect(acked + expired).toBe(spooled.records);
  const found = ((await consumed(kafka.brokers, prefix)).get('connection') ?? []).flatMap(recordsOf);
  let at = 0;
  for (const { key, bytes } of found) {
    while (at < handed.length && handed[at]!.key !== key) at++;
    expect(handed[at++], `${key} is there once, in its place`).toEqual({ key, digest: digestOf(bytes) });
  }
  return { acked, expired, dropped: dropped.records, found: found.length, last: at };
}

test('full before the sender has begun: it waits, and sends all that was taken once there is room', (context) =>
  onFullDisk(context, 'newest', async (its) => {
    await write(its, COUNT);
    const kept = its.writer.next - 1;
    expect(kept).toBeLessThan(COUNT);
    expect(() => appendFileSync(join(its.mount, 'rest'), Buffer.alloc(KIB * 1024))).toThrow('ENOSPC');
    const sender = SenderProcess.start(its.writer.name, targetOf(its.kafka, its.prefix));
    expect(await sender.trouble('CONNTRAIL_IO')).toContain(`(ENOSPC); give ${its.writer.name} room`);
    expect(sender.counts?.lowest).toBe(1);
    its.grow(4 * KIB);
    await sender.until(() => sender.counts?.lowest === kept + 1);
    await write(its, COUNT / 2);
    await sender.until(() => sender.counts?.lowest === its.writer.next);
    await sender.end();
    expect(sender.troubles).toEqual(['+CONNTRAIL_IO', '-CONNTRAIL_IO']);
    expect(await expectAccount(its)).toEqual({
      acked: kept + COUNT / 2,
      expired: 0,
      dropped: COUNT - kept,
      found: kept + COUNT / 2,
      last: COUNT + COUNT / 2,
    });
  }));

test('full while it sends: what expired is counted, what is left arrives in order', (context) =>
  onFullDisk(context, 'oldest', async (its) => {
    const { kafka, prefix, writer } = its;
    const proxies: FaultProxy[] = [];
    try {
      for (const { host, port, advertised } of kafka.proxied)
        proxies.push(await FaultProxy.listen({ host, port }, advertised));
      const brokers = proxies.map(({ port }) => `127.0.0.1:${port}`);
      const sender = SenderProcess.start(writer.name, { ...targetOf(kafka, prefix), brokers });
      await write(its, STEP);
      await sender.until(() => sender.counts?.lowest === STEP + 1);
      for (const proxy of proxies) proxy.halfOpen = true;
      await write(its, COUNT);
      expect(writer.expired.records).toBeGreaterThan(0);
      for (const proxy of proxies) proxy.halfOpen = false;
      await sender.until(() => sender.counts?.lowest === writer.next);
      its.grow(4 * KIB);
      await write(its, COUNT / 2);
      await sender.until(() => sender.counts?.lowest === writer.next);
      await sender.end();
      const { acked, expired, dropped, found, last } = await expectAccount(its);
      expect([dropped, expired, last]).toEqual([0, writer.expired.records, STEP + COUNT + COUNT / 2]);
      // What expired while it was on its way may have arrived.
      expect(found).toBeGreaterThanOrEqual(acked);
      expect(found).toBeLessThanOrEqual(acked + expired);
    } finally {
      for (const proxy of proxies) await proxy.close();
    }
  }));

test('slow: each sync of the agent and of its sender takes a third of a second', async (context) => {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  need(context, 'strace', lacksCommand('strace'));
  const folder = temporaryFolder();
  const prefix = `t-${randomUUID()}`;
  const spool = join(folder, 'spool');
  const to = ['--to', `kafka://${kafka.brokers}/${prefix}`, '--kafka-config', configFile(folder, kafka)];
  const count = await traffic();
  const observer = await Observer.start(folder, ...to, '--spool', spool, '--interval', '200ms');
  const log = join(folder, 'strace');
  const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:delay_enter=333333'];
  const pids = [observer.pid, ...childrenOf(observer.pid)].flatMap((pid) => ['-p', String(pid)]);
  const strace = spawn('strace', ['-f', '-qq', '-o', log, ...inject, ...pids], { stdio: 'ignore' });
  const before = count();
  while (syncsIn(log) < 6) {
    expect(strace.exitCode, 'strace runs').toBeNull();
    await sleep(50);
  }
  expect(count()).toBeGreaterThan(before);
  const { status, errors } = await observer.stop();
  if (strace.exitCode === null) await once(strace, 'exit');
  expect([status, errors]).toEqual([0, expect.stringContaining(' 0 expired, 0 dropped')]);
  if (!errors.includes(' 0 wait in the spool')) expect((await run('spool', 'drain', spool, ...to)).status).toBe(0);
  const { runs, ended, records, repeats } = await expectRuns(spool, { brokers: kafka.brokers, prefix });
  const printed = [...linesOf(observer.output).values()].reduce((sum, list) => sum + list.length, 0);
  expect({ runs, ended, records, repeats }).toEqual({ runs: 1, ended: 1, records: expect.any(Number), repeats: 0 });
  expect(records).toBeGreaterThanOrEqual(printed);
});

function syncsIn(log: string): number {
  try {
    return readFileSync(log, 'utf8').split('(DELAYED)').length - 1;
  } catch {
    return 0;
  }
}
