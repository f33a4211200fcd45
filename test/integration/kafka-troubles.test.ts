/** What does not become better by itself is told in one clear line, and keeps the data; once it is mended, everything arrives. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SchemaRegistry } from '../../src/registry/schema-registry.js';
import type { KafkaTarget } from '../../src/sinks/kafka/kafka-target.js';
import { expectDelivered } from './support/delivery.js';
import { kafkaTool, part } from './support/kafka.js';
import { COUNT, expectAcked, expectMended, type Scene, scene, secret } from './support/scene.js';
import { SenderProcess } from './support/sender.js';

function secured({ kafka, target }: Scene, caFile: string, passwordFile: string): KafkaTarget {
  const sasl = { mechanism: 'SCRAM-SHA-512', user: kafka.user, passwordFile } as const;
  return { ...target, brokers: kafka.saslSsl.split(','), tls: { caFile }, sasl };
}

test('a wrong password is told, and with the right one everything arrives', async (context) => {
  const its = await scene(context);
  const wrong = SenderProcess.start(its.spool, secured(its, its.kafka.ca, secret('wrong')));
  its.records.write(COUNT);
  await its.writer.idle();
  const sentence = await wrong.trouble('CONNTRAIL_KAFKA_CREDENTIALS');
  expect(sentence).toContain('does not take our credentials');
  expect(sentence).toContain(its.kafka.saslSsl);
  expect(sentence).not.toMatch(/[\n\r]/);
  await wrong.end(500);
  expect(wrong.counts?.lowest).toBe(1);
  const right = SenderProcess.start(its.spool, secured(its, its.kafka.ca, its.kafka.passwordFile));
  await expectMended(right, its);
  expect(right.troubles).toEqual([]);
});

test('a CA that the brokers are not by is told', async (context) => {
  const its = await scene(context);
  const wrong = SenderProcess.start(its.spool, secured(its, its.kafka.otherCa, its.kafka.passwordFile));
  its.records.write(COUNT);
  await its.writer.idle();
  expect(await wrong.trouble('CONNTRAIL_KAFKA_TLS')).toContain('no trusted TLS connection');
  expect(wrong.sentence('CONNTRAIL_KAFKA_TLS')).toContain('certificate verify failed');
  await wrong.end(500);
  expect(wrong.counts?.lowest).toBe(1);
});

test('nobody listens there', async (context) => {
  const its = await scene(context);
  const sender = SenderProcess.start(its.spool, { ...its.target, brokers: ['127.0.0.1:1'] });
  its.records.write(COUNT);
  await its.writer.idle();
  expect(await sender.trouble('CONNTRAIL_KAFKA_UNREACHABLE')).toContain('127.0.0.1:1 cannot be reached');
  await sender.end(500);
  expect(sender.counts?.lowest).toBe(1);
});

test('a topic that is not there, and not to be made, is waited for', async (context) => {
  const its = await scene(context);
  const { target, prefix, kafka } = its;
  const sender = SenderProcess.start(its.spool, { ...target, topics: { ...target.topics, create: false } });
  its.records.write(COUNT);
  await its.writer.idle();
  expect(await sender.trouble('CONNTRAIL_KAFKA_TOPIC')).toContain(`the topic ${prefix}.connection is not there`);
  const to = ['--bootstrap-server', kafka.brokers, '--create', '--topic', `${prefix}.connection`, '--partitions', '2'];
  await kafkaTool('org.apache.kafka.tools.TopicCommand', ...to);
  await expectAcked(sender);
  expect(sender.troubles).toEqual(['+CONNTRAIL_KAFKA_TOPIC', '-CONNTRAIL_KAFKA_TOPIC']);
});

test('a topic that is made has the retention that was stated', async (context) => {
  const its = await scene(context);
  const sender = SenderProcess.start(its.spool, its.target);
  its.records.write(COUNT);
  await expectAcked(sender);
  const topic = `${its.prefix}.connection`;
  const to = ['--bootstrap-server', its.kafka.brokers, '--describe', '--topic', topic];
  const described = await kafkaTool('org.apache.kafka.tools.TopicCommand', ...to);
  expect(described).toContain('PartitionCount: 3');
  expect(described).toContain('retention.ms=3600000');
});

test('a topic with more partitions than before: the host stays where it is', async (context) => {
  const its = await scene(context);
  const { kafka, prefix, records, writer } = its;
  const first = SenderProcess.start(its.spool, its.target);
  records.write(COUNT / 2);
  await first.until(() => first.counts?.lowest === COUNT / 2 + 1);
  await first.end();
  const to = ['--bootstrap-server', kafka.brokers, '--alter', '--topic', `${prefix}.connection`, '--partitions', '7'];
  await kafkaTool('org.apache.kafka.tools.TopicCommand', ...to);
  records.write(COUNT / 2);
  await writer.idle();
  const second = SenderProcess.start(its.spool, its.target);
  expect(await second.trouble('CONNTRAIL_KAFKA_TOPIC')).toMatch(/has 7 partitions in place of 3; this host stays in/);
  await expectMended(second, its);
});

test('a schema that the registry takes for incompatible', async (context) => {
  const its = await scene(context);
  const registry = await SchemaRegistry.open({ url: its.kafka.registry });
  const subject = `${its.prefix}.connection-value`;
  await registry.setLevel('FULL_TRANSITIVE', subject);
  await registry.register(subject, '{"type":"record","name":"Other","fields":[{"name":"needed","type":"long"}]}');
  const sender = SenderProcess.start(its.spool, its.target);
  its.records.write(COUNT);
  await its.writer.idle();
  expect(await sender.trouble('CONNTRAIL_REGISTRY_INCOMPATIBLE')).toContain('incompatible');
  await registry.setLevel('NONE', subject);
  await expectAcked(sender);
  expect(sender.troubles).toEqual(['+CONNTRAIL_REGISTRY_INCOMPATIBLE', '-CONNTRAIL_REGISTRY_INCOMPATIBLE']);
});

test('the registry is down, comes back, and is wiped', async (context) => {
  const its = await scene(context);
  onTestFinished(() => part('up', 'registry'));
  part('kill', 'registry');
  const sender = SenderProcess.start(its.spool, its.target, { registryCheckMs: 500 });
  its.records.write(COUNT / 2);
  await its.writer.idle();
  expect(await sender.trouble('CONNTRAIL_REGISTRY_UNREACHABLE')).toContain('cannot be reached');
  part('up', 'registry');
  await sender.until(() => sender.counts?.lowest === COUNT / 2 + 1);
  const registry = await SchemaRegistry.open({ url: its.kafka.registry });
  const subject = `${its.prefix}.connection-value`;
  expect(await registry.level(subject)).toBe('FULL_TRANSITIVE');
  // It keeps nothing, so that the second life of it knows no schema; another one takes the id that ours had.
  // The sender stands still until then, or it might be first.
  process.kill(sender.pid, 'SIGSTOP');
  part('kill', 'registry');
  part('up', 'registry');
  await registry.register(`first-${randomUUID()}`, '"string"');
  process.kill(sender.pid, 'SIGCONT');
  expect(await sender.trouble('CONNTRAIL_REGISTRY_NOT_FOUND')).toContain('is registered again');
  its.records.write(COUNT / 2);
  await expectMended(sender, its);
  expect((await registry.version(subject, 'latest'))!.id).toBeGreaterThan(1);
});

test('records that are too large for a message, or for the broker, are dead letters, and the rest arrives', async (context) => {
  // Every fiftieth is too large for the client, others for the topic alone.
  const large = { most: 300_000, of: (seq: number) => (seq % 50 === 0 ? 250_000 : seq % 20 === 0 ? 60_000 : 0) };
  const its = await scene(context, large);
  const { kafka, prefix, spool, records, writer } = its;
  const to = ['--bootstrap-server', kafka.brokers, '--create', '--topic', `${prefix}.connection`, '--partitions', '1'];
  await kafkaTool('org.apache.kafka.tools.TopicCommand', ...to, '--config', 'max.message.bytes=50000');
  const sender = SenderProcess.start(spool, { ...its.target, messageBytes: 200_000 });
  records.write(COUNT);
  await writer.idle();
  await sender.until(() => sender.counts?.lowest === COUNT + 1);
  await sender.end();
  const keys = records.handed.get('connection')!.map(({ key }) => key);
  const dead = new Set(keys.filter((_, i) => large.of(i + 1) > 0));
  await expectDelivered(writer, records, { brokers: kafka.brokers, prefix }, { dead });
  const letters = readFileSync(join(spool, 'dead-letters.ndjson'), 'utf8').trim().split('\n');
  const found = letters.map(
    (line) => JSON.parse(line) as { key: string; reason: string; record: string; avro: string },
  );
  expect(new Set(found.map(({ key }) => key))).toEqual(dead);
  expect(found.length).toBe(dead.size);
  expect(new Set(found.map(({ reason }) => reason))).toEqual(
    new Set(['It is larger than a message may be (200000 bytes).', 'The broker refuses it.']),
  );
  expect(sender.counts).toMatchObject({ deadLettered: [['connection', dead.size, dead.size]] });
  expect(sender.troubles).toContain('+CONNTRAIL_KAFKA_REFUSED');
});
