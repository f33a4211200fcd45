import { expect, test } from 'vitest';
import {
  connectionTrouble,
  isRefusal,
  KAFKA,
  requestTrouble,
} from '../../../../src/sinks/kafka/sender/client-errors.js';

const WHERE = 'a:9092,b:9092';

test.each([
  [
    '[thrd:sasl_ssl://127.0.0.1:29594/bootstrap]: sasl_ssl://127.0.0.1:29594/bootstrap: SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after 300ms in state AUTH_REQ)',
    'CONNTRAIL_KAFKA_CREDENTIALS',
    "Kafka at a:9092,b:9092 does not take our credentials (SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512); check user, mechanism and the secret's file",
  ],
  [
    '[thrd:ssl://127.0.0.1:1/1]: ssl://127.0.0.1:1/1: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified (after 5ms in state SSL_HANDSHAKE)',
    'CONNTRAIL_KAFKA_TLS',
    'certificate verify failed',
  ],
  [
    '[thrd:127.0.0.1:1/bootstrap]: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)',
    'CONNTRAIL_KAFKA_UNREACHABLE',
    'Connection refused',
  ],
  [
    "[thrd:sasl_ssl://127.0.0.1:29594/1]: sasl_ssl://127.0.0.1:29594/1: SASL OAUTHBEARER mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: (n/a) (after 2ms in state AUTH_HANDSHAKE)",
    'CONNTRAIL_KAFKA_UNREACHABLE',
    'Broker transport failure',
  ],
  ['all broker connections are down', 'CONNTRAIL_KAFKA_UNREACHABLE', 'cannot be reached'],
])('what librdkafka says: %s', (text, code, sentence) => {
  const trouble = connectionTrouble(text, WHERE)!;
  expect(trouble.code).toBe(code);
  expect(trouble.sentence).toContain(sentence);
  expect(trouble.sentence).not.toMatch(/thrd|after \d+ms|:\/\//);
});

test.each([
  '[thrd:main]: Failed to acquire idempotence PID from broker sasl_ssl://127.0.0.1:29604/2: Broker: Coordinator load in progress: retrying',
  '[thrd:sasl_ssl://a:9093/1]: sasl_ssl://a:9093/1: Disconnected (after 2ms in state UP)',
])('what needs no telling: %s', (text) => {
  expect(connectionTrouble(text, WHERE)).toBeNull();
});

test.each([
  [KAFKA.topicAuthorization, 'Broker: Topic authorization failed', 'CONNTRAIL_KAFKA_RIGHTS'],
  [KAFKA.clusterAuthorization, 'Broker: Cluster authorization failed', 'CONNTRAIL_KAFKA_RIGHTS'],
  [KAFKA.unknownTopic, 'Broker: Unknown topic or partition', 'CONNTRAIL_KAFKA_TOPIC'],
  [38, 'Broker: Invalid replication factor', 'CONNTRAIL_KAFKA_TOPIC'],
  [-185, 'Local: Timed out', 'CONNTRAIL_KAFKA_UNREACHABLE'],
])('a request that failed with %i', (code, text, expected) => {
  expect(requestTrouble(code, text, 'p.dns', WHERE).code).toBe(expected);
});

test('a broker that fails to write says nothing about the options of a topic', () => {
  const out = 'Broker: Broker received an out of order sequence number';
  const { code, sentence } = requestTrouble(45, out, 'p.dns', WHERE, true);
  expect(code).toBe('CONNTRAIL_KAFKA_TOPIC');
  expect(sentence).toBe(`Kafka at ${WHERE} does not take records of the topic p.dns (${out}); they are sent again`);
});

test('only what concerns the record itself is a refusal', () => {
  expect([10, 87, 7, 3, 29, -150, -192].map(isRefusal)).toEqual([true, true, false, false, false, false, false]);
});

test('a long text is cut, and is one line', () => {
  const { sentence } = requestTrouble(42, `a\n${'b'.repeat(1000)}`, 't', WHERE);
  expect(sentence).toContain('(a bbb');
  expect(sentence.length).toBeLessThan(400);
});
