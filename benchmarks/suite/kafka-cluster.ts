import { spawnSync } from 'node:child_process';
import { Skipped } from '../harness/benchmark.js';
import { run } from '../harness/child.js';

/** Beside a cluster of the tests. */
const PORT = '29790';
/** What scripts/kafka ends with where the machine cannot. */
const LACKS = 77;

/** Fails with Skipped where the output cannot run. */
export function requireKafkaClient(): void {
  if (spawnSync('node', ['-e', "require('@confluentinc/kafka-javascript')"]).status !== 0)
    throw new Skipped('the Kafka client is not built (scripts/setup --kafka)');
}

/** scripts/kafka with these words; returns what it printed. */
export function kafka(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('scripts/kafka', args, {
    encoding: 'utf8',
    env: { ...process.env, CONNTRAIL_KAFKA_PORT: PORT },
  });
  if (status === LACKS) throw new Skipped(stdout.trim().replace(/^skipped, because /, ''));
  if (status !== 0) throw new Error(`scripts/kafka ${args.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}

/** A broker goes away, or comes back with what it had; nothing else waits meanwhile. */
export async function broker(what: 'down' | 'up'): Promise<void> {
  await run({ file: 'env', arguments: [`CONNTRAIL_KAFKA_PORT=${PORT}`, 'scripts/kafka', what, 'broker-1'] });
}

/** An empty cluster of one broker, and its registry; `kafka('stop')` ends it. */
export function startKafka(): { brokers: string; registry: string } {
  const started = kafka('start');
  const value = (name: string) => new RegExp(`^KAFKA_${name}=(.*)$`, 'm').exec(started)![1]!;
  return { brokers: value('BROKERS'), registry: value('REGISTRY') };
}
