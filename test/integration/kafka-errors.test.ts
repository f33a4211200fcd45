/** Errors that brokers answer with, one by one, as librdkafka's mock cluster gives them: whatever it is, each record arrives once, in order. */
import { expect, onTestFinished, test } from 'vitest';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { lacksCommand, need } from '../support/require.js';
import { recordsOf } from './support/consumed.js';
import { needSender } from './support/kafka.js';
import { KafkaMock } from './support/kafka-mock.js';
import { messagesByKcat } from './support/kcat.js';
import { digestOf, RandomRecords } from './support/random-records.js';
import { SenderProcess, spoolDirectory, targetOf } from './support/sender.js';

const SPOOL = { policy: 'oldest', size: 1 << 30, age: Number.POSITIVE_INFINITY } as const;
const PRODUCE = 0;
const INIT_PRODUCER_ID = 22;
/** Records of a step: one batch, so that no other one is on its way that the mock, unlike a broker, would take all the same. */
const STEP = 100;
const LINGER_MS = 100;

const ERRORS: readonly { readonly name: string; readonly api?: number; readonly codes: readonly number[] }[] = [
  { name: 'NOT_LEADER_OR_FOLLOWER', codes: [6, 6] },
  { name: 'LEADER_NOT_AVAILABLE', codes: [5] },
  { name: 'REQUEST_TIMED_OUT', codes: [7, 7] },
  { name: 'NOT_ENOUGH_REPLICAS', codes: [19, 20] },
  { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', codes: [45] },
  { name: 'INVALID_PRODUCER_EPOCH', codes: [47] },
  { name: 'UNKNOWN_PRODUCER_ID', codes: [59] },
  { name: 'KAFKA_STORAGE_ERROR', codes: [56] },
  { name: 'UNKNOWN_SERVER_ERROR', codes: [-1] },
  { name: 'THROTTLING_QUOTA_EXCEEDED', codes: [89] },
  { name: 'all in a row', codes: [6, 45, 7, 59, 20, 45, 6, 47] },
  { name: 'COORDINATOR_LOAD_IN_PROGRESS for a producer id', api: INIT_PRODUCER_ID, codes: [14, 14] },
];

test('each record arrives once, in order, whatever a broker answers', async (context) => {
  const kafka = needSender(context);
  need(context, 'kcat', lacksCommand('kcat'));
  const mock = await KafkaMock.start(context, 2);
  const spool = spoolDirectory();
  const writer = await SpoolWriter.open(spool, SPOOL);
  onTestFinished(() => writer.finish());
  const records = new RandomRecords(writer, 1, ['connection']);
  await mock.command('topic p.connection 1 2');
  const target = targetOf(kafka, 'p', { brokers: mock.brokers.split(','), lingerMs: LINGER_MS });
  const sender = SenderProcess.start(spool, { ...target, topics: { ...target.topics, create: false } });
  let count = 0;
  const step = async (name: string) => {
    records.write(STEP);
    count += STEP;
    await writer.idle();
    await sender
      .until(() => sender.counts?.lowest === count + 1)
      .catch((error) => {
        throw new Error(`${name}: ${(error as Error).message}`);
      });
  };
  await step('nothing');
  for (const { name, api = PRODUCE, codes } of ERRORS) {
    // A producer id is asked for by a new producer alone, which an error that is fatal to this one makes.
    if (api !== PRODUCE) await mock.command(`errors ${PRODUCE} 45`);
    await mock.command(`errors ${api} ${codes.join(' ')}`);
    await step(name);
  }
  await mock.command('leader p.connection 0 2');
  await step('the leader moves');
  await sender.end();
  const found = messagesByKcat(mock.brokers, 'p.connection').flatMap(recordsOf);
  const arrived = found.map(({ key, bytes }) => ({ key, digest: digestOf(bytes) }));
  expect(arrived).toEqual(records.handed.get('connection'));
  expect(sender.counts).toMatchObject({ acked: [['connection', count, count]], deadLettered: [], unknown: 0 });
  // What was told is over.
  const last = new Map(sender.troubles.map((told) => [told.slice(1), told[0]]));
  expect(last).toEqual(new Map([...last.keys()].map((code) => [code, '-'])));
  const sentences = sender.news.flatMap((news) => (news.kind === 'trouble' ? [news.sentence] : []));
  expect(sentences.length).toBeGreaterThan(0);
  for (const sentence of sentences) expect(sentence).toContain('they are sent again');
});
