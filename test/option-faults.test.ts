/** What is told of options that cannot be: of every feature, and of the Kafka output. */
import { expect, test } from 'vitest';
import { enabledFeatures } from '../src/feature-options.js';
import { FEATURES } from '../src/features.js';
import { kafkaTarget } from '../src/sinks/kafka/kafka-target.js';

const told = (name: string, options: object): string => {
  try {
    enabledFeatures({ [name]: options });
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test.for([
  ['dns', { domains: [''] }, 'domains.0: must have at least 1 characters'],
  ['dns', { domains: 'a' }, 'domains: must be a list'],
  ['dns', { pids: ['a'] }, 'pids.0: must be a whole number from 1 to 4294967295'],
  ['dns', { ports: [70_000] }, 'ports.0: must be a whole number from 1 to 65535'],
  ['dns', { records: 1 }, 'records: must be dns or statistics or both'],
  ['dns', { loopback: 1 }, 'loopback: must be true or false'],
  ['ebpf', { interval: 5 }, 'interval: must be a whole number of ms from 100 to 3600000'],
  ['tcp_queue_length', { interval: 'x' }, 'interval: must be a whole number of ms from 100 to 600000'],
] as const)('%s %j', ([name, options, fault]) => {
  expect(told(name, options)).toBe(`Correct the options of ${name}: ${fault}.`);
});

test('no option of any feature is told in the words of the schema library', () => {
  let asked = 0;
  for (const { name, options } of FEATURES) {
    for (const option of Object.keys((options as unknown as { shape: object }).shape)) {
      for (const value of [null, -1, 2 ** 60, 'x'.repeat(5000), [null], {}]) {
        expect(told(name, { [option]: value })).not.toMatch(/Too (small|big)|Invalid|expected|received/);
        asked++;
      }
    }
  }
  expect(asked).toBeGreaterThan(200);
});

test('nor of the Kafka output', () => {
  const wrong = { registry: { url: 5 }, tls: 'x', lingerMs: null, topics: 7, extra: { 'batch.size': 'x' } };
  expect(() => kafkaTarget('kafka://a/x', wrong, 'k.json')).toThrow(/^Correct k\.json: /);
  expect(() => kafkaTarget('kafka://a/x', wrong, 'k.json')).not.toThrow(/Too (small|big)|Invalid|expected|received/);
});
