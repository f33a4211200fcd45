/** What other people's readers make of the messages: by the registry, the records that were written. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import avro from 'avsc';
import { expect, type TestContext, test } from 'vitest';
import { temporaryFolder } from '../recording/helpers.js';
import { lacksCommand, need } from '../support/require.js';
import { configFile, recordsIn, run } from './support/command.js';
import { type Kafka, needSender } from './support/kafka.js';
import { messagesByKcat } from './support/kcat.js';

const SAMPLE = 'test/recordings/sample.ctr';
const MOST = 64 << 20;

interface Replayed {
  readonly prefix: string;
  /** By record type, in their order. */
  readonly records: ReadonlyMap<string, readonly unknown[]>;
}

/** A recording in the topics, as Kafka's own consumer and avsc have it; bytes are base64. */
async function replayed(kafka: Kafka): Promise<Replayed> {
  const prefix = `t-${randomUUID()}`;
  const config = configFile(temporaryFolder(), kafka);
  const to = ['--to', `kafka://${kafka.brokers}/${prefix}`, '--kafka-config', config];
  expect((await run('replay', SAMPLE, ...to)).status).toBe(0);
  const found = [...(await recordsIn(kafka.brokers, prefix))].map(([name, list]) => [name, plain(list)] as const);
  return { prefix, records: new Map(found) };
}

function plain(list: readonly unknown[]): unknown[] {
  return JSON.parse(JSON.stringify(list), (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value,
  ) as unknown[];
}

/** Records by type out of lines of JSON. */
function recordsOf(lines: string): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const line of lines.split('\n').filter(Boolean)) {
    const { topic, record } = JSON.parse(line) as { topic: string; record: unknown };
    const name = topic.split('.').at(-1)!;
    found.set(name, [...(found.get(name) ?? []), record]);
  }
  return found;
}

function needPython(context: TestContext): string {
  const { status, stdout, stderr } = spawnSync('test/integration/python/install', { encoding: 'utf8' });
  need(context, 'python', status === 77 ? stdout.trim().replace(/^skipped, because /, '') : null);
  if (status !== 0) throw new Error(stderr);
  return 'build/tools/confluent-kafka/bin/python';
}

test("Confluent's Python client", async (context) => {
  const kafka = needSender(context);
  const python = needPython(context);
  const { prefix, records } = await replayed(kafka);
  const topics = [...records.keys()].map((name) => `${prefix}.${name}`);
  const args = ['test/integration/python/consume.py', kafka.brokers, kafka.registry, ...topics];
  const lines = execFileSync(python, args, { encoding: 'utf8', maxBuffer: MOST });
  const found = recordsOf(lines);
  expect([...found.keys()].sort()).toEqual(['connection', 'dns', 'ledger']);
  for (const [name, list] of records) expect(found.get(name), name).toEqual(list);
});

/** The schema that the registry has under an id, as whoever reads a message asks for it. */
async function schemaOf(registry: string, id: number): Promise<avro.Type> {
  const { schema } = (await (await fetch(`${registry}/schemas/ids/${id}`)).json()) as { schema: string };
  return avro.Type.forSchema(JSON.parse(schema));
}

test('kcat, and the schemas of the registry', async (context) => {
  const kafka = needSender(context);
  need(context, 'kcat', lacksCommand('kcat'));
  const { prefix, records } = await replayed(kafka);
  for (const [name, list] of records) {
    const messages = messagesByKcat(kafka.brokers, `${prefix}.${name}`);
    const ids = new Set(messages.map(({ value }) => value.readUInt32BE(1)));
    expect([ids.size, new Set(messages.map(({ value }) => value[0]))]).toEqual([1, new Set([0])]);
    const type = await schemaOf(kafka.registry, [...ids][0]!);
    expect(plain(messages.map(({ value }) => type.fromBuffer(value.subarray(5)))), name).toEqual(list);
  }
});
