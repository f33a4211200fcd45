/** Whatever happens between the sender and the brokers: every record arrives, in order, once unless the sender itself was killed. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { KafkaTarget } from '../../src/sinks/kafka/kafka-target.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { expectDelivered } from './support/delivery.js';
import { FaultProxy } from './support/fault-proxy.js';
import { type Kafka, kafkaTool, needSender, type Part, partMeanwhile } from './support/kafka.js';
import { RandomRecords } from './support/random-records.js';
import { SenderProcess, spoolDirectory, targetOf } from './support/sender.js';

/** Each look is a Java of its own. */
const SOON = { timeout: 60_000, interval: 500 };

const SPOOL = { policy: 'oldest', size: 1 << 30, age: Number.POSITIVE_INFINITY } as const;
const BROKERS: readonly Part[] = ['broker-1', 'broker-2'];
const PRODUCE = 0;
/** Records of a step, and how often there is one: 5,000 a second. */
const STEP = 100;
const STEP_MS = 20;
/** So many wait for an answer only when brokers do not give it at once. */
const UNANSWERED = 3_000;
/** So many come before the fault, and behind it. */
const AROUND = 4_000;

interface Scene {
  readonly kafka: Kafka;
  readonly prefix: string;
  readonly proxies: readonly FaultProxy[];
  readonly sender: SenderProcess;
}

interface Fault {
  readonly name: string;
  /** Through proxies, in front of each broker. */
  readonly proxied?: boolean;
  /** Brokers that each partition is on, the leader first; else as the cluster has it. */
  readonly replicas?: readonly number[];
  readonly changes?: Partial<KafkaTarget>;
  during(scene: Scene): Promise<void>;
}

const all = async (command: 'kill' | 'up' | 'freeze' | 'thaw') => {
  for (const broker of BROKERS) await partMeanwhile(command, broker);
};
const total = (proxies: readonly FaultProxy[], what: 'halved' | 'swallowed' | 'delayed' | 'cut') =>
  proxies.reduce((sum, { done }) => sum + done[what], 0);

/** Does so until it was seen to have happened so often. */
async function often(times: number, count: () => number, again: () => void): Promise<void> {
  while (count() < times) {
    again();
    await sleep(50);
  }
}

const FAULTS: readonly Fault[] = [
  {
    name: 'all brokers are killed, and come back',
    during: async () => {
      await all('kill');
      await sleep(1_000);
      await all('up');
    },
  },
  {
    name: 'all brokers are stopped in their tracks for a while',
    during: async () => {
      await all('freeze');
      await sleep(2_000);
      await all('thaw');
    },
  },
  {
    name: 'the leaders move, and move back',
    during: async ({ kafka, prefix }) => {
      const reassign = (...what: string[]) =>
        kafkaTool(
          'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
          '--bootstrap-server',
          kafka.brokers,
          ...what,
        );
      for (const broker of [1, 2, 1]) {
        const partitions = ['connection', 'dns'].flatMap((name) =>
          [0, 1, 2].map((partition) => ({ topic: `${prefix}.${name}`, partition, replicas: [broker] })),
        );
        const plan = join(spoolDirectory(), 'plan.json');
        writeFileSync(plan, JSON.stringify({ version: 1, partitions }));
        // One that is still under way refuses the next.
        await expect.poll(() => reassign('--list'), SOON).toContain('No partition reassignments found');
        await reassign('--reassignment-json-file', plan, '--execute');
      }
    },
  },
  {
    // The leader has written what it says it has not: it waits for its follower, and no longer than it was asked to.
    name: 'requests time out after they were written',
    replicas: [1, 2],
    changes: { extra: { 'request.timeout.ms': 500 } },
    during: async ({ sender }) => {
      await partMeanwhile('freeze', 'broker-2');
      await sender.until(() => sender.counts!.unknown >= UNANSWERED);
      // So that the same is written, and times out, some times.
      await sleep(1_500);
      await partMeanwhile('thaw', 'broker-2');
    },
  },
  {
    name: 'brokers throttle it',
    changes: { compression: 'none', extra: { 'client.id': 'conntrail-throttled' } },
    during: async ({ kafka, sender }) => {
      const to = ['--bootstrap-server', kafka.brokers, '--alter', '--entity-type', 'clients'];
      const quota = (...change: string[]) =>
        kafkaTool('org.apache.kafka.tools.ConfigCommand', ...to, '--entity-name', 'conntrail-throttled', ...change);
      await quota('--add-config', 'producer_byte_rate=20000');
      await sender.until(() => sender.counts!.unknown >= UNANSWERED);
      await quota('--delete-config', 'producer_byte_rate');
    },
  },
  {
    name: 'connections are cut, and blocks go through them',
    proxied: true,
    changes: { framing: 'block' },
    during: ({ proxies }) =>
      often(
        6,
        () => total(proxies, 'cut'),
        () => {
          for (const proxy of proxies) proxy.cut();
        },
      ),
  },
  {
    name: 'half of a request arrives',
    proxied: true,
    during: ({ proxies }) =>
      often(
        5,
        () => total(proxies, 'halved'),
        () => {
          for (const proxy of proxies) proxy.halveRequests(1);
        },
      ),
  },
  {
    name: 'responses are swallowed',
    proxied: true,
    during: ({ proxies }) =>
      often(
        5,
        () => total(proxies, 'swallowed'),
        () => {
          for (const proxy of proxies) proxy.swallowResponses(1);
        },
      ),
  },
  {
    name: 'responses come when they are not waited for any more',
    proxied: true,
    changes: { extra: { 'socket.timeout.ms': 1_000, 'request.timeout.ms': 1_000 } },
    during: async ({ proxies }) => {
      for (const proxy of proxies) proxy.responseDelayMs = 1_700;
      await often(
        3,
        () => total(proxies, 'delayed'),
        () => {},
      );
      await sleep(3_000);
      for (const proxy of proxies) proxy.responseDelayMs = 0;
    },
  },
];

let proxies: FaultProxy[] = [];
beforeEach(() => {
  proxies = [];
  return async () => {
    for (const proxy of proxies) await proxy.close();
  };
});

async function proxiesOf(kafka: Kafka): Promise<FaultProxy[]> {
  for (const { host, port, advertised } of kafka.proxied) {
    const proxy = await FaultProxy.listen({ host, port }, advertised);
    proxy.apiKey = PRODUCE;
    proxies.push(proxy);
  }
  return proxies;
}

/** Makes the topics so that their partitions are on these brokers. */
async function topicsOn({ brokers }: Kafka, prefix: string, replicas: readonly number[]): Promise<void> {
  const assignment = Array(3).fill(replicas.join(':')).join(',');
  for (const name of ['connection', 'dns']) {
    const to = ['--bootstrap-server', brokers, '--create', '--topic', `${prefix}.${name}`];
    await kafkaTool('org.apache.kafka.tools.TopicCommand', ...to, '--replica-assignment', assignment);
  }
}

/** Hands over records, at the rate that was stated, until `so`. */
async function writing(records: RandomRecords, so: () => boolean): Promise<number> {
  let count = 0;
  while (!so()) {
    records.write(STEP);
    count += STEP;
    await sleep(STEP_MS);
  }
  return count;
}

test.for(FAULTS)('$name', async ({ proxied = false, replicas, changes, during }, context) => {
  const kafka = needSender(context);
  const prefix = `t-${randomUUID()}`;
  const spool = spoolDirectory();
  const writer = await SpoolWriter.open(spool, SPOOL);
  const records = new RandomRecords(writer, 1);
  if (replicas !== undefined) await topicsOn(kafka, prefix, replicas);
  const behind = proxied ? await proxiesOf(kafka) : [];
  const brokers = proxied ? behind.map(({ port }) => `127.0.0.1:${port}`) : kafka.brokers.split(',');
  const sender = SenderProcess.start(spool, { ...targetOf(kafka, prefix), brokers, ...changes });
  const acked = () => (sender.counts?.acked ?? []).reduce((sum, [, count]) => sum + count, 0);
  let count = await writing(records, () => acked() >= AROUND);
  let over = false;
  const fault = during({ kafka, prefix, proxies: behind, sender }).finally(() => {
    over = true;
  });
  count += await writing(records, () => over);
  await fault;
  records.write(AROUND);
  count += AROUND;
  await writer.idle();
  await sender.until(() => sender.counts?.lowest === count + 1);
  await sender.end();
  await expectDelivered(writer, records, { brokers: kafka.brokers, prefix });
  expect(sender.counts).toMatchObject({ resent: 0, unknown: 0 });
  await writer.finish();
});

/** How often, and the longest that one lives, ms. */
const KILLS = 50;
const LIFE_MS = 500;

test(`the sender is killed ${KILLS} times`, async (context) => {
  const kafka = needSender(context);
  const prefix = `t-${randomUUID()}`;
  const spool = spoolDirectory();
  const writer = await SpoolWriter.open(spool, SPOOL);
  const records = new RandomRecords(writer, 1);
  const target = targetOf(kafka, prefix);
  let over = false;
  let sending = 0;
  const killing = (async () => {
    for (let i = 0; i < KILLS; i++) {
      // What one sent in messages another one finds, and goes on in blocks.
      const sender = SenderProcess.start(spool, { ...target, framing: i % 2 === 0 ? 'message' : 'block' });
      // Most of a life is its beginning; some get further.
      await sleep(200 + Math.random() * LIFE_MS);
      await sender.kill();
      if (sender.news.some((news) => news.kind === 'state' && news.state === 'sending')) sending++;
    }
  })().finally(() => {
    over = true;
  });
  let count = 0;
  while (!over) {
    records.write(STEP);
    count += STEP;
    await sleep(STEP_MS);
  }
  await killing;
  await writer.idle();
  const sender = SenderProcess.start(spool, target);
  await sender.until(() => sender.counts?.lowest === count + 1);
  await sender.end();
  const again = await expectDelivered(writer, records, { brokers: kafka.brokers, prefix }, { repeats: true });
  // What arrived and was not noted was found: of a process that is gone, only what was still on its way can come behind that.
  // Where the tail is not read back it is seventeen times as much.
  expect(again).toBeLessThanOrEqual(1_000);
  expect(sending).toBeGreaterThan(KILLS / 10);
  console.log(`${count} records, ${KILLS} kills, ${sending} of them while it sent, ${again} repeats`);
  await writer.finish();
});
