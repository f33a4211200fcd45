/** A spool, records for it, and a Kafka that something is wrong with: what the tests of troubles and of security begin with. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext } from 'vitest';
import type { KafkaTarget } from '../../../src/sinks/kafka/kafka-target.js';
import { SpoolWriter } from '../../../src/spool/spool-writer.js';
import { expectDelivered } from './delivery.js';
import { type Kafka, needSender } from './kafka.js';
import { RandomRecords } from './random-records.js';
import { type SenderProcess, spoolDirectory, targetOf } from './sender.js';

const SPOOL = { policy: 'oldest', size: 1 << 30, age: Number.POSITIVE_INFINITY } as const;
/** Records of a scene. */
export const COUNT = 200;

export interface Scene {
  readonly kafka: Kafka;
  readonly prefix: string;
  readonly spool: string;
  readonly writer: SpoolWriter;
  readonly records: RandomRecords;
  readonly target: KafkaTarget;
}

export async function scene(
  context: TestContext,
  extra?: ConstructorParameters<typeof RandomRecords>[3],
): Promise<Scene> {
  const kafka = needSender(context);
  const prefix = `t-${randomUUID()}`;
  const spool = spoolDirectory();
  const writer = await SpoolWriter.open(spool, SPOOL);
  onTestFinished(() => writer.finish());
  const records = new RandomRecords(writer, 1, ['connection'], extra);
  return { kafka, prefix, spool, writer, records, target: targetOf(kafka, prefix) };
}

/** Everything is acknowledged to this sender; whether it arrives is looked at where more than a wait is at stake. */
export async function expectAcked(sender: SenderProcess): Promise<void> {
  await sender.until(() => sender.counts?.lowest === COUNT + 1);
  await sender.end();
  expect(sender.counts).toMatchObject({ acked: [['connection', COUNT, COUNT]], deadLettered: [] });
}

/** Everything arrives by this sender, in order. */
export async function expectMended(sender: SenderProcess, { kafka, prefix, writer, records }: Scene): Promise<void> {
  await sender.until(() => sender.counts?.lowest === COUNT + 1);
  await sender.end();
  await expectDelivered(writer, records, { brokers: kafka.brokers, prefix });
}

/** A file with a secret; its path. */
export function secret(text: string): string {
  const path = join(spoolDirectory(), 'secret');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
