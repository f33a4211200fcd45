import { decodeKafkaMessage } from '../block-format.js';
import type { KafkaTarget } from '../kafka-target.js';
import { type ConsumedMessage, called, type KafkaClient } from './client.js';
import { consumerSettings } from './client-settings.js';
import { FoundRecords } from './found-records.js';

/** Bounds of what is read back: other hosts may have written there for long. Beyond them it counts as not read. */
const MAX_MESSAGES = 2_000_000;
const MAX_MS = 60_000;
const CONNECT_MS = 5_000;
const STEP_MESSAGES = 2_000;
const STEP_MS = 200;

/** The part of a partition that is read back: `[from, end)`. */
export interface Tail {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly end: number;
}

/**
 * The records of ours that a partition's end holds.
 *
 * @param said what librdkafka says about its connections
 * @throws ClientError, or an Error: it could not be read to its end
 */
export async function readTail(
  kafka: KafkaClient,
  target: KafkaTarget,
  { topic, partition, from, end }: Tail,
  said: (text: string) => void,
  signal: AbortSignal,
): Promise<FoundRecords> {
  const consumer = new kafka.KafkaConsumer(await consumerSettings(target), { 'auto.offset.reset': 'error' });
  let failed: Error | null = null;
  let ended = false;
  consumer.on('event.error', ({ message }) => {
    said(message);
    if (/authoriz/i.test(message)) failed = new Error(message);
  });
  consumer.on('event.log', ({ message }) => said(message));
  consumer.on('partition.eof', () => {
    ended = true;
  });
  const found = new FoundRecords();
  try {
    await called((done) => consumer.connect({ timeout: CONNECT_MS }, done));
    consumer.setDefaultConsumeTimeout(STEP_MS);
    consumer.assign([{ topic, partition, offset: from }]);
    const until = performance.now() + MAX_MS;
    for (let count = 0, next = from; next < end && !ended; ) {
      signal.throwIfAborted();
      const messages = await called<ConsumedMessage[]>((done) => consumer.consume(STEP_MESSAGES, done));
      for (const { key, value, offset } of messages) {
        if (offset >= end) ended = true;
        else if (key !== null && value !== null) found.add(key.toString(), decodeKafkaMessage(value)?.count ?? 1);
        next = offset + 1;
      }
      count += messages.length;
      if (count > MAX_MESSAGES || performance.now() > until) failed ??= new Error('the tail is too long');
      if (failed !== null) throw failed;
    }
    return found;
  } finally {
    consumer.disconnect(() => {});
  }
}
