import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaTarget } from '../kafka-target.js';
import { type ClientError, called } from './client.js';
import { KAFKA } from './client-errors.js';
import type { Producer } from './producer.js';

const REQUEST_MS = 10_000;
/** How long it may take until every broker knows a topic that was made, ms; and how often they are asked. */
const KNOWN_MS = 5_000;
const STEP_MS = 50;
/** No such topic or partition, or no leader of it. */
const NOT_YET: readonly number[] = [
  KAFKA.unknownTopic,
  KAFKA.leaderNotAvailable,
  KAFKA.notLeader,
  KAFKA.unknownTopicHere,
  KAFKA.unknownPartitionHere,
];

/**
 * Number of partitions of a topic, made when it is not there and may be. Never by writing to it: a broker that makes topics by itself would
 * give it a retention that nobody stated.
 *
 * @throws ClientError; of KAFKA.unknownTopic when it is absent
 */
export async function ensureTopic(producer: Producer, topic: string, topics: KafkaTarget['topics']): Promise<number> {
  const there = await partitionsOf(producer, topic);
  if (there > 0) return there;
  if (!topics.create) throw absent(topic);
  const { partitions, replication, retentionMs } = topics;
  const wanted = {
    topic,
    num_partitions: partitions,
    replication_factor: replication,
    config: { 'retention.ms': String(retentionMs) },
  };
  await called<void>((done) => producer.admin.createTopic(wanted, REQUEST_MS, done)).catch((error: ClientError) => {
    if (error.code !== KAFKA.topicExists) throw error;
  });
  // Brokers learn of it one by one.
  return onceKnown(async () => {
    const made = await partitionsOf(producer, topic);
    if (made > 0) return made;
    throw absent(topic);
  });
}

/** What `ask` returns, once brokers know of what was made a moment ago. @throws what it throws for longer than KNOWN_MS */
export async function onceKnown<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + KNOWN_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!NOT_YET.includes((error as ClientError).code) || performance.now() > until) throw error;
    }
    await sleep(STEP_MS);
  }
}

/** 0: there is no such topic. */
async function partitionsOf(producer: Producer, topic: string): Promise<number> {
  const [found] = await called<{ name: string; error?: ClientError; partitions: unknown[] }[]>((done) =>
    producer.admin.describeTopics([topic], { timeout: REQUEST_MS }, done),
  );
  const code = found?.error?.code ?? 0;
  if (code === KAFKA.unknownTopic) return 0;
  if (code !== 0) throw found!.error!;
  return found?.partitions.length ?? 0;
}

function absent(topic: string): ClientError {
  return { code: KAFKA.unknownTopic, message: `unknown topic ${topic}` };
}
