import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';
import { JsonArrayWriter } from '../../src/sinks/json-array-writer.js';
import { LedgerlessWriter } from '../../src/sinks/ledgerless-writer.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { verify } from '../../src/verify/verify.js';
import { temporaryFolder } from '../recording/helpers.js';
import { session } from '../recording/session.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { CollectingSink } from './collecting-sink.js';

/** What 33 closed connections and 3 readings of an open one look like. */
function written(writerOf: (sink: CollectingSink) => RecordWriter): string {
  const sink = new CollectingSink();
  const writer = writerOf(sink);
  const pipeline = connectionPipeline({ host: 'h', bootId: 'b', clients: [{ name: 'x', writer }] });
  for (const frame of session({ intervals: 3, perInterval: 11 })) pipeline.push(frame);
  pipeline.drained();
  pipeline.close();
  return sink.text;
}

test('without ledger records the connections are the same, to the byte', () => {
  const whole = written((sink) => new NdjsonWriter(sink)).split('\n');
  const without = written((sink) => new LedgerlessWriter(new NdjsonWriter(sink)));
  expect(whole.filter((line) => line.includes('"record":"ledger"'))).toHaveLength(3);
  expect(without.split('\n')).toEqual(whole.filter((line) => !line.includes('"record":"ledger"')));
});

test('a JSON array without them is one', () => {
  const sink = new CollectingSink();
  const array = new JsonArrayWriter(sink);
  const writer = new LedgerlessWriter(array);
  const pipeline = connectionPipeline({ host: 'h', bootId: 'b', clients: [{ name: 'x', writer }] });
  for (const frame of session({ intervals: 3, perInterval: 11 })) pipeline.push(frame);
  array.end();
  const records = JSON.parse(sink.text) as { record: string }[];
  expect(records).toHaveLength(36);
  expect(records.every(({ record }) => record === 'connection')).toBe(true);
});

test('verify says that it cannot account for such a stream, and still finds gaps', async () => {
  const path = join(temporaryFolder(), 'x.ndjson');
  const text = written((sink) => new LedgerlessWriter(new NdjsonWriter(sink)));
  writeFileSync(path, text);
  const report = await verify(path);
  expect(report).toMatchObject({ kind: 'ndjson', units: 33, ledgers: 0 });
  expect(report.faults).toEqual([
    'no final ledger: it was written with --no-ledger, or cut short after seq 36, before its first ledger record; without one nothing can be accounted for',
  ]);
  writeFileSync(path, text.split('\n').toSpliced(4, 2).join('\n'));
  expect((await verify(path)).faults).toEqual(
    expect.arrayContaining([expect.stringContaining('2 connection records are missing, the first at seq 5 to 6')]),
  );
});
