/** The command with an output to Kafka, and what it should have sent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import avro from 'avsc';
import { RECORD_TYPES } from '../../../src/records.gen.js';
import { COMMAND } from '../../live/support/checkout.js';
import { type Consumed, consumed, recordOf } from './consumed.js';
import type { Kafka } from './kafka.js';

/** Where nobody listens. */
export const NOBODY = '127.0.0.1:1';

/** A configuration that has what there is, with changes; its path. */
export function configFile(folder: string, { registry }: Kafka, changes: object = {}): string {
  const path = join(folder, 'kafka.json');
  writeFileSync(path, JSON.stringify({ registry: { url: registry }, lingerMs: 5, ...changes }));
  return path;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. */
export function run(...args: string[]): Promise<Ended> {
  return runOf(COMMAND, ...args);
}

/** The same with the command of another build. */
export async function runOf(command: string, ...args: string[]): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

/** Makes so many connections within this host, one after the other. */
export async function connections(count: number): Promise<void> {
  const server = net.createServer((socket) => socket.on('error', () => {}).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  for (let i = 0; i < count; i++) {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket.resume(), 'close');
  }
  await new Promise((resolve) => server.close(resolve));
}

/** Lines of an NDJSON output by record type. */
export function linesOf(path: string): Map<string, Record<string, unknown>[]> {
  const found = new Map<string, Record<string, unknown>[]>();
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const record = JSON.parse(line) as { record: string };
    found.set(record.record, [...(found.get(record.record) ?? []), record]);
  }
  return found;
}

const avroTypes = new Map(RECORD_TYPES.map(({ name, schema }) => [name, avro.Type.forSchema(JSON.parse(schema))]));

/** Decoded records of all topics by type, in their order, as Kafka's own consumer has them. */
export async function recordsIn(brokers: string, prefix: string): Promise<Map<string, Record<string, unknown>[]>> {
  const found = await consumed(brokers, prefix);
  return new Map([...found].map(([name, messages]) => [name, messages.map((message) => decoded(name, message))]));
}

export function decoded(name: string, message: Consumed): Record<string, unknown> {
  return avroTypes.get(name)!.fromBuffer(Buffer.from(recordOf(message))) as Record<string, unknown>;
}

/** How many of `list` each series has, and that its numbers go on from 1 without a gap or a repeat. */
export function countOf(list: readonly Record<string, unknown>[] = []): number {
  const seqs = list.map(({ seq }) => Number(seq));
  const wrong = seqs.findIndex((seq, i) => seq !== i + 1);
  if (wrong >= 0) throw new Error(`seq ${seqs[wrong]} is at place ${wrong + 1} of ${seqs.length}`);
  return seqs.length;
}
