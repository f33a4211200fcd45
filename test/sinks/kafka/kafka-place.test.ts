import { expect, test } from 'vitest';
import { isKafkaUrl, kafkaUrl, parseKafkaUrl } from '../../../src/sinks/kafka/kafka-place.js';

test.each([
  ['kafka://a/p', ['a:9092'], 'p'],
  ['kafka://a:1,b,10.0.0.1:65535/x.y_z-1', ['a:1', 'b:9092', '10.0.0.1:65535'], 'x.y_z-1'],
  ['kafka://[fd00::1]:9093,[::1]/p', ['[fd00::1]:9093', '[::1]:9092'], 'p'],
])('%s', (url, brokers, prefix) => {
  expect(isKafkaUrl(url)).toBe(true);
  const place = parseKafkaUrl(url);
  expect(place).toEqual({ brokers, prefix });
  expect(parseKafkaUrl(kafkaUrl(place))).toEqual(place);
});

test.each([
  ['kafka://a', 'has no topic prefix'],
  ['kafka://a/', 'has no topic prefix'],
  ['kafka://a/b/c', 'has no topic prefix'],
  ['kafka://a/p?x=1', 'has no topic prefix'],
  [`kafka://a/${'p'.repeat(201)}`, 'has no topic prefix'],
  ['kafka:///p', 'is no broker'],
  ['kafka://a,,b/p', 'is no broker'],
  ['kafka://a:0/p', 'is no broker'],
  ['kafka://a:65536/p', 'is no broker'],
  ['kafka://a:b/p', 'is no broker'],
  ['kafka://fd00::1/p', 'is no broker'],
])('%s is refused', (url, sentence) => {
  expect(() => parseKafkaUrl(url)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
  expect(() => parseKafkaUrl(url)).toThrow(sentence);
});

test('a password in it is refused, and not repeated', () => {
  expect(() => parseKafkaUrl('kafka://user:hunter2@a/p')).toThrow(/^A kafka:\/\/ URL holds no user or password/);
  expect(() => parseKafkaUrl('kafka://user:hunter2@a/p')).not.toThrow(/hunter2/);
});

test('a directory is none', () => {
  expect(isKafkaUrl('./kafka://a/p')).toBe(false);
});
