import avro from 'avsc';
import { expect, test } from 'vitest';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';
import { AvroStreamWriter } from '../../src/sinks/avro-writer.js';
import { JsonArrayWriter } from '../../src/sinks/json-array-writer.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { emptyLedger } from '../support/ledger-record.js';
import { CollectingSink } from './collecting-sink.js';
import { connectionsTo, source } from './sources.js';

const COUNT = 1009;

/** Closed connections with an open one now and then, and a ledger record behind them. */
function fill(writer: RecordWriter): number {
  const connection = connectionsTo(writer);
  let closed = 0;
  for (let seq = 1; seq <= COUNT; seq++) {
    const open = seq % 13 === 0;
    if (!open) closed++;
    connection(source({ cookie: seq, state: open ? 0 : 1 }, seq));
  }
  writer.ledger({ ...emptyLedger('testhost', 'boot'), seq: 1, final: true });
  return closed;
}

test('ndjson: one line a record, in chunks, closed connections counted', () => {
  const sink = new CollectingSink();
  const writer = new NdjsonWriter(sink);
  const closed = fill(writer);
  const records = sink.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { record: string; seq: number });
  expect(records.map(({ seq }) => seq)).toEqual([...Array.from({ length: COUNT }, (_, i) => i + 1), 1]);
  expect(records.at(-1)!.record).toBe('ledger');
  expect(sink.chunks.length).toBeGreaterThan(5);
  expect(sink.written).toBe(closed);
  expect(writer.backlog).toBe(0);
});

test('json: one array', () => {
  const sink = new CollectingSink();
  const writer = new JsonArrayWriter(sink);
  fill(writer);
  writer.end();
  expect(JSON.parse(sink.text)).toHaveLength(COUNT + 1);
  const empty = new CollectingSink();
  new JsonArrayWriter(empty).end();
  expect(JSON.parse(empty.text)).toEqual([]);
});

test('avro: a container of both record types that avsc reads', async () => {
  const sink = new CollectingSink();
  const closed = fill(new AvroStreamWriter(sink));
  expect(sink.written).toBe(closed);
  const decoder = new avro.streams.BlockDecoder();
  const records: Record<string, { seq: number }>[] = [];
  decoder.on('data', (record: Record<string, { seq: number }>) => records.push(record));
  const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject));
  decoder.end(sink.bytes);
  await ended;
  expect(records).toHaveLength(COUNT + 1);
  expect(records.slice(0, COUNT).map((record) => record['conntrail.Connection']!.seq)).toEqual(
    Array.from({ length: COUNT }, (_, i) => i + 1),
  );
  expect(records.at(-1)!['conntrail.Ledger']!.seq).toBe(1);
});
