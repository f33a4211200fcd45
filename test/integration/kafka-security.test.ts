/** Who the sender is to the brokers, and what it may do there: each way in works, and what is wrong with it is told in one clear line. */
import { expect, type TestContext, test } from 'vitest';
import type { KafkaSasl, KafkaTarget, KafkaTls } from '../../src/sinks/kafka/kafka-target.js';
import { kafkaTool } from './support/kafka.js';
import { COUNT, expectAcked, type Scene, scene, secret } from './support/scene.js';
import { SenderProcess } from './support/sender.js';
import { tokenEndpoint } from './support/token-endpoint.js';

const withTls = ({ kafka, target }: Scene, tls: KafkaTls): KafkaTarget => ({
  ...target,
  brokers: kafka.ssl.split(','),
  tls: { caFile: kafka.ca, ...tls },
});
const withSasl = ({ kafka, target }: Scene, sasl: KafkaSasl): KafkaTarget => ({
  ...target,
  brokers: kafka.saslSsl.split(','),
  tls: { caFile: kafka.ca },
  sasl,
});

/** A sender that is refused: the sentence on that. What is handed over waits. */
async function refused(its: Scene, target: KafkaTarget, code: 'CREDENTIALS' | 'TLS'): Promise<string> {
  const sender = SenderProcess.start(its.spool, target);
  const sentence = await sender.trouble(`CONNTRAIL_KAFKA_${code}`);
  expect(sentence).toContain(target.brokers.join(','));
  expect(sentence).not.toMatch(/[\n\r]/);
  await sender.end(500);
  expect(sender.counts?.lowest).toBe(1);
  expect(sender.troubles.filter((told) => told === `+CONNTRAIL_KAFKA_${code}`)).toHaveLength(1);
  return sentence;
}

async function begun(context: TestContext): Promise<Scene> {
  const its = await scene(context);
  its.records.write(COUNT);
  await its.writer.idle();
  return its;
}

/** Without a trouble. */
async function expectTaken(its: Scene, target: KafkaTarget): Promise<void> {
  const sender = SenderProcess.start(its.spool, target);
  await expectAcked(sender);
  expect(sender.troubles).toEqual([]);
}

test('mutual TLS: a certificate by a CA that the brokers trust, and no other', async (context) => {
  const its = await begun(context);
  const { client, otherClient, passwordFile } = its.kafka;
  const by = ({ certificate, key }: typeof client, keyPasswordFile = passwordFile) =>
    withTls(its, { certificateFile: certificate, keyFile: key, keyPasswordFile });
  expect(await refused(its, withTls(its, {}), 'TLS')).toContain('no trusted TLS connection');
  expect(await refused(its, by(otherClient), 'TLS')).toContain('no trusted TLS connection');
  expect(await refused(its, by(client, secret('wrong')), 'TLS')).toContain('key');
  await expectTaken(its, by(client));
});

test('PLAIN over TLS, with the wrong password and with the right one', async (context) => {
  const its = await begun(context);
  const plain = (passwordFile: string) =>
    withSasl(its, { mechanism: 'PLAIN', user: its.kafka.user, passwordFile } as const);
  const sentence = await refused(its, plain(secret('hunter2')), 'CREDENTIALS');
  expect(sentence).toContain('does not take our credentials');
  expect(sentence).not.toContain('hunter2');
  await expectTaken(its, plain(its.kafka.passwordFile));
});

/** Of a token. With less, connections would have to be authenticated twice within a second, which brokers refuse. */
const TOKEN_S = 12;

test('OAUTHBEARER: tokens for the right secret, and new ones before they end', async (context) => {
  const its = await begun(context);
  const endpoint = await tokenEndpoint(its.kafka, { clientId: 'conntrail', secret: 'hunter2', seconds: TOKEN_S });
  const oauth = (text: string, more: object = {}) =>
    withSasl(its, {
      ...{ mechanism: 'OAUTHBEARER', tokenEndpoint: endpoint.url, clientId: 'conntrail' },
      ...{ clientSecretFile: secret(text), scope: 'records', caFile: its.kafka.ca, ...more },
    } as const);
  const sentence = await refused(its, oauth('hunter3'), 'CREDENTIALS');
  expect(sentence).not.toContain('hunter');
  expect(endpoint.asked.map(({ status }) => status)).toContain(401);
  const sender = SenderProcess.start(its.spool, oauth('hunter2'));
  await sender.until(() => sender.counts?.lowest === COUNT + 1);
  const taken = () => endpoint.asked.filter(({ status }) => status === 200);
  while (taken().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(taken()[0]!.form).toBe('grant_type=client_credentials&scope=records');
  its.records.write(COUNT);
  await sender.until(() => sender.counts?.lowest === 2 * COUNT + 1);
  await sender.end();
  expect(sender.troubles).toEqual([]);
});

test('a topic that others have rights on: told, and sent once they are granted; what cannot be read back is sent again', async (context) => {
  const its = await begun(context);
  const { kafka, prefix, records, spool, writer } = its;
  const { user, passwordFile } = kafka;
  const target = withSasl(its, { mechanism: 'PLAIN', user, passwordFile });
  const topic = `${prefix}.connection`;
  const allow = async (...operations: string[]) => {
    const to = ['--bootstrap-server', kafka.brokers, '--add', '--topic', topic, '--allow-principal', `User:${user}`];
    await kafkaTool('org.apache.kafka.tools.AclCommand', ...to, ...operations.flatMap((each) => ['--operation', each]));
  };
  // From now on it is not everybody's.
  await allow('DescribeConfigs');
  const first = SenderProcess.start(spool, target);
  const sentence = await first.trouble('CONNTRAIL_KAFKA_RIGHTS');
  expect(sentence).toContain(`does not let us use the topic ${topic}`);
  await allow('Create', 'Describe');
  // It may look at the topic now, and finds that it may not write: that is no end of the trouble, and no other one.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(first.counts?.lowest).toBe(1);
  expect(first.troubles).toEqual(['+CONNTRAIL_KAFKA_RIGHTS']);
  await allow('Write');
  await first.until(() => first.counts?.lowest === COUNT + 1);
  await first.until(() => first.troubles.length === 2);
  expect(first.troubles).toEqual(['+CONNTRAIL_KAFKA_RIGHTS', '-CONNTRAIL_KAFKA_RIGHTS']);
  // What one that is killed had sent and not noted cannot be found: it may not read.
  await first.kill();
  records.write(COUNT);
  await writer.idle();
  const second = SenderProcess.start(spool, target);
  await second.until(() => second.counts?.lowest === 2 * COUNT + 1);
  await second.end();
  expect(second.counts).toMatchObject({ acked: [['connection', COUNT, COUNT]], resent: COUNT, unknown: 0 });
});
