/** What the sender holds while brokers are away: no more than its bounds, however much there is to send. */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_IN_FLIGHT_BYTES, MAX_IN_FLIGHT_RECORDS } from '../../src/sinks/kafka/sender/handover.js';
import { MAX_BLOCK_BYTES } from '../../src/spool/segment-format.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { needSender } from './support/kafka.js';
import { KafkaMock } from './support/kafka-mock.js';
import { RandomRecords } from './support/random-records.js';
import { SenderProcess, spoolDirectory, targetOf } from './support/sender.js';

const SPOOL = { policy: 'oldest', size: 1 << 30, age: Number.POSITIVE_INFINITY } as const;
const COUNT = 200_000;
const STEP = 5_000;
/** Bytes that each record has beside its own: all of them together are far more than may be held. */
const MORE = 1_500;
/** Of librdkafka, for each message, in bytes. */
const MESSAGE_HEAD = 256;
/** Values at librdkafka, the blocks of the spool that they are out of, and one block more. */
const BOUND = 2 * MAX_IN_FLIGHT_BYTES + MAX_IN_FLIGHT_RECORDS * MESSAGE_HEAD + MAX_BLOCK_BYTES;

/** Of a process, in bytes: what is resident, or was at most. */
function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(new RegExp(`^${what}:\\s*(\\d+) kB`, 'm').exec(status)![1]);
}

test(`brokers go away, and ${COUNT} records wait`, async (context) => {
  const kafka = needSender(context);
  const mock = await KafkaMock.start(context);
  await mock.command('topic p.connection 1 1');
  const spool = spoolDirectory();
  const writer = await SpoolWriter.open(spool, SPOOL);
  onTestFinished(() => writer.finish());
  const records = new RandomRecords(writer, 1, ['connection'], { most: MORE, of: () => MORE });
  const target = targetOf(kafka, 'p', { brokers: mock.brokers.split(','), compression: 'none' });
  const sender = SenderProcess.start(spool, { ...target, topics: { ...target.topics, create: false } });
  records.write(STEP);
  await sender.until(() => sender.counts?.lowest === STEP + 1);
  const before = memoryOf(sender.pid, 'VmRSS');
  await mock.command('down 1');
  for (let count = STEP; count < COUNT; count += STEP) {
    records.write(STEP);
    await writer.idle();
  }
  // It has taken what it may: what is offered beyond that waits in the spool.
  await sender.until(() => (sender.counts?.unknown ?? 0) * MORE > 0.7 * MAX_IN_FLIGHT_BYTES);
  await sender.trouble('CONNTRAIL_KAFKA_UNREACHABLE');
  expect(sender.counts!.unknown * MORE).toBeLessThan(1.1 * MAX_IN_FLIGHT_BYTES);
  const away = memoryOf(sender.pid, 'VmHWM') - before;
  await mock.command('up 1');
  await sender.until(() => sender.counts?.lowest === COUNT + 1);
  const back = memoryOf(sender.pid, 'VmHWM') - before;
  await sender.end();
  const mib = (bytes: number) => Math.round(bytes / 1_048_576);
  console.log(`MiB beside ${mib(before)}: ${mib(away)} while away, ${mib(back)} at most; bounds ${mib(BOUND)}`);
  expect(away).toBeLessThan(2 * BOUND);
  expect(back).toBeLessThan(2 * BOUND);
  expect(sender.counts).toMatchObject({ acked: [['connection', COUNT, COUNT]], deadLettered: [], unknown: 0 });
});
