import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import avsc from 'avsc';
import { RECORD_TYPES } from '../../../src/records.gen.js';
import { decodeKafkaMessage } from '../../../src/sinks/kafka/block-format.js';
import { kafkaTool } from './kafka.js';

/** A message as Kafka's own consumer found it: another implementation than the one that sent. */
export interface Consumed {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
}

const TOOL = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
/** It ends when it has all there is; or nothing came for so long, which is a failure. */
const QUIET_MS = 60_000;

/** How many messages there are in the topics that begin with `prefix.`, by their ends: none of them was ever removed. */
async function messagesIn(brokers: string, prefix: string): Promise<number> {
  const to = ['--bootstrap-server', brokers, '--topic', `${prefix}[.].*`];
  const lines = (await kafkaTool('org.apache.kafka.tools.GetOffsetShell', ...to)).split('\n');
  return lines.reduce((sum, line) => sum + Number(/:\d+:(\d+)$/.exec(line)?.[1] ?? 0), 0);
}

/** All messages of the topics that begin with `prefix.`, by key's series and partition in their order. */
export async function consumed(brokers: string, prefix: string): Promise<Map<string, Consumed[]>> {
  const count = await messagesIn(brokers, prefix);
  if (count === 0) return new Map();
  const property = (name: string, value: string) => ['--formatter-property', `${name}=${value}`];
  const child = spawn(
    'scripts/kafka',
    [
      ...['tool', TOOL, '--bootstrap-server', brokers, '--include', `${prefix}[.].*`, '--from-beginning'],
      ...['--max-messages', String(count), '--timeout-ms', String(QUIET_MS)],
      ...property('print.partition', 'true'),
      ...property('print.offset', 'true'),
      ...property('print.key', 'true'),
      ...property('key.separator', '\t'),
      ...property('value.deserializer', BYTES),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const found: Consumed[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [partition, offset, key, ...value] = line.split('\t');
    if (!partition?.startsWith('Partition:')) continue;
    found.push({
      partition: Number(partition.slice('Partition:'.length)),
      offset: Number(offset!.slice('Offset:'.length)),
      key: key!,
      value: bytesOf(value.join('\t')),
    });
  }
  if (found.length !== count || !said.includes(`Processed a total of ${count} messages`))
    throw new Error(`${prefix}: ${said.slice(-2000)}`);
  const bySeries = new Map<string, Consumed[]>();
  for (const message of found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const series = message.key.split('/').at(-2)!;
    const list = bySeries.get(series);
    if (list === undefined) bySeries.set(series, [message]);
    else list.push(message);
  }
  return bySeries;
}

/** The bytes of what is printed as `\xHH` where it is no printable ASCII. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.alloc(text.length);
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && text[i + 1] === 'x') {
      bytes[end++] = Number.parseInt(text.slice(i + 2, i + 4), 16);
      i += 3;
    } else bytes[end++] = text.charCodeAt(i);
  }
  return bytes.subarray(0, end);
}

/** The records of a message, each with its key and its Avro. */
export function recordsOf({ key, value }: Consumed): { key: string; bytes: Uint8Array }[] {
  const { bytes, count } = decodeKafkaMessage(value)!;
  if (value[0] === 0) return [{ key, bytes }];
  const cut = key.lastIndexOf('/') + 1;
  const type = typeOf(key.split('/').at(-2)!);
  const buffer = Buffer.from(bytes);
  const records: { key: string; bytes: Uint8Array }[] = [];
  for (let at = 0; records.length < count; ) {
    const { offset } = type.decode(buffer, at);
    if (offset < 0) throw new Error(`${key}: a block that ends within a record`);
    records.push({
      key: `${key.slice(0, cut)}${Number(key.slice(cut)) + records.length}`,
      bytes: bytes.subarray(at, offset),
    });
    at = offset;
  }
  return records;
}

const types = new Map<string, avsc.Type>();

function typeOf(name: string): avsc.Type {
  const type =
    types.get(name) ?? avsc.Type.forSchema(JSON.parse(RECORD_TYPES.find((each) => each.name === name)!.schema));
  types.set(name, type);
  return type;
}

/** Avro of the only record of a message. */
export function recordOf(message: Consumed): Uint8Array {
  return recordsOf(message)[0]!.bytes;
}
