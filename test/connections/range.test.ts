import { describe, expect, it, test } from 'vitest';
import { CONN } from '../../src/connections/layout.gen.js';
import { CONNECTION_TABLE } from '../../src/connections/table/connection-table.js';
import { ContainerReader } from '../../src/encoding/container-reader.js';
import { putDecimalNumber } from '../../src/encoding/decimal.js';
import { typeOf } from '../../src/encoding/record-decoder.js';
import { putTime } from '../../src/encoding/time-text.js';
import { putNumber } from '../../src/encoding/varint.js';
import { ACCOUNT, LOST_PLACES, NOTE_PLACES } from '../../src/frames/layout.gen.js';
import { ACCOUNT_COLUMNS } from '../../src/ledger/source-accounts.js';
import { AvroStreamWriter } from '../../src/sinks/avro-writer.js';
import { JsonArrayWriter } from '../../src/sinks/json-array-writer.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { CollectingSink } from '../sinks/collecting-sink.js';
import { connectionCounts, connectionPipeline } from '../support/connection-pipeline.js';
import { type AccountFields, type ConnFields, conn, FrameStream, openConn } from '../support/frames.js';
import { READER_FIELDS } from '../support/reader-sums.js';

const S = 1_000_000_000;
/** Beyond what a double holds exactly, beyond what it divides by 10^9 into 32 bits, beyond a signed long, and the largest. */
const HUGE = [
  2n ** 53n - 1n,
  2n ** 62n - 1n,
  4_294_967_296n * 10n ** 9n,
  2n ** 63n,
  2n ** 63n + 12_345n,
  2n ** 64n - 1n,
];
const COUNTS = ['sent_bytes', 'received_bytes', 'sent_packets', 'received_packets', 'start_ns', 'end_ns'] as const;
const IDS = ['cookie', 'netns_cookie', 'cgroup_id'] as const;

interface Case {
  closed?: ConnFields;
  row?: ConnFields;
  counters?: AccountFields;
  /** Second clock and flush. */
  clock?: [bootNs: bigint | number, wallUs: bigint | number];
  flush?: bigint | number;
}

/** One sound closed connection, and beside it what the case crafts; all writers at once. */
async function run({ closed, row, counters, clock, flush }: Case) {
  const sinks = {
    ndjson: new CollectingSink(),
    json: new CollectingSink(),
    avro: new CollectingSink(),
    table: new CollectingSink(),
  };
  const array = new JsonArrayWriter(sinks.json);
  const writers = [
    new NdjsonWriter(sinks.ndjson),
    array,
    new AvroStreamWriter(sinks.avro),
    new TableWriter(sinks.table, [CONNECTION_TABLE], { wide: true, colour: false }),
  ];
  const pipeline = connectionPipeline({
    host: 'h',
    bootId: 'b',
    maxConnections: 64,
    cpus: 2,
    clients: writers.map((writer) => ({ name: 't', writer })),
  });
  const stream = new FrameStream((frame) => pipeline.push(frame));
  stream.clock(S, 1_700_000_000_000_000);
  if (clock !== undefined) stream.clock(...clock);
  if (row !== undefined) stream.snapshot(S, 1, [openConn({ cookie: 3, ...row })]);
  stream.batch(0, 1, [conn({ cookie: 2, sent_bytes: 17 }), ...(closed === undefined ? [] : [conn(closed)])]);
  const count = closed === undefined ? 1 : 2;
  stream.account({ final: 1, attempted: count, emitted: count, read: count, enqueued: count });
  if (counters !== undefined)
    stream.account({ final: 1, attempted: count, emitted: count, read: count, enqueued: count, ...counters });
  if (flush !== undefined) stream.flush(flush, { final: true });
  stream.flush(3 * S, { final: true });
  pipeline.drained();
  array.end();
  const statistics = connectionCounts(pipeline);
  const openOnes = pipeline.statistics.features.connections!.stage.impossible;
  pipeline.close();
  const lines = sinks.ndjson.text.trimEnd().split('\n');
  // Every line is JSON by a parser that keeps all digits: leading zeros and empty numbers are errors to it.
  const records = lines.map((line) => JSON.parse(line));
  expect(JSON.parse(sinks.json.text)).toEqual(records);
  const container = await ContainerReader.open([sinks.avro.bytes], 'stream');
  const type = typeOf(JSON.parse(container.header.schema));
  const decoded: unknown[] = [];
  for await (const block of container.blocks()) {
    const bytes = Buffer.from(block.records);
    for (let at = 0; at < bytes.length; ) {
      const next = type.decode(bytes, at) as { value: Record<string, unknown>; offset: number };
      decoded.push(Object.values(next.value)[0]);
      at = next.offset;
    }
  }
  expect(decoded).toHaveLength(records.length);
  const ledger = records.findLast(({ record }) => record === 'ledger');
  return { records, lines, statistics, openOnes, ledger, text: sinks.table.text };
}

describe('a connection whose counts or times cannot be', () => {
  test.each(COUNTS.flatMap((field) => HUGE.map((value) => [field, value] as const)))(
    'closed, %s = %d',
    async (field, value) => {
      const { records, ledger, statistics } = await run({ closed: { cookie: 9, [field]: value } });
      // 2^53 ns are 104 days: a time that can be.
      const can = field.endsWith('_ns') && value < 2n ** 60n;
      expect(records.filter(({ record }) => record === 'connection').map(({ cookie }) => cookie)).toEqual(
        can ? [2, 9] : [2],
      );
      expect(ledger).toMatchObject({
        accounts: [{ enqueued: 2, discarded: { impossible: can ? 0 : 1 }, given: can ? 2 : 1 }],
      });
      expect(statistics.impossible).toBe(can ? 0 : 1);
    },
  );

  test.each(COUNTS.flatMap((field) => [2n ** 63n, 2n ** 64n - 1n].map((value) => [field, value] as const)))(
    'open, %s = %d',
    async (field, value) => {
      const { records, ledger, openOnes } = await run({ row: { [field]: value } });
      expect(records.filter(({ record }) => record === 'connection').map(({ cookie }) => cookie)).toEqual([2]);
      expect(ledger).toMatchObject({ accounts: [{ enqueued: 1, discarded: { impossible: 0 }, given: 1 }] });
      expect(openOnes).toBe(1);
    },
  );

  it('is told while the counts are below 2^53 - 2^32', async () => {
    const most = 2n ** 53n - 2n ** 32n - 1n;
    const { records } = await run({ closed: { cookie: 9, sent_bytes: most, received_bytes: most } });
    expect(records[1]).toMatchObject({ total: { sent_bytes: Number(most) }, delta: { received_bytes: Number(most) } });
  });

  test.each(IDS)('ids have 64 bits: %s', async (field) => {
    const { lines } = await run({ closed: { [field]: 2n ** 63n + 5n } });
    expect(lines[1]).toContain(`:${BigInt.asIntN(64, 2n ** 63n + 5n)}`);
  });
});

describe('a frame whose numbers cannot be', () => {
  test.each(READER_FIELDS.flatMap((field) => HUGE.map((value) => [field, value] as const)))(
    'counters, %s = %d',
    async (field, value) => {
      const { ledger, statistics } = await run({ counters: { [field]: value } });
      expect(ledger.accounts[0]).toMatchObject({ attempted: 1, lost: { buffer_full: 0 } });
      expect(statistics.invalidFrames).toBe(1);
    },
  );

  it('counters of several readers whose sum is beyond', async () => {
    const { statistics, ledger } = await run({
      counters: { source: 1, sources: 2, skipped_runs: 2n ** 53n - 2n ** 33n },
    });
    expect(statistics.invalidFrames).toBe(0);
    expect(ledger.accounts[0].notes.skipped_runs).toBe(2 ** 53 - 2 ** 33);
    expect(
      (await run({ counters: { source: 1, sources: 2, enqueued: 2n ** 53n - 1n } })).statistics.invalidFrames,
    ).toBe(1);
  });

  test.each([
    ['boot clock', [2n ** 63n, 0n]],
    ['wall clock', [S, 2n ** 63n - 1n]],
    ['wall clock before 1684', [S, -(2n ** 63n)]],
  ] as [string, [bigint, bigint]][])('clock: %s', async (_name, clock) => {
    const { records, statistics } = await run({ clock });
    expect(statistics.invalidFrames).toBe(1);
    expect(records[0].end).toBe('2023-11-14T22:13:22.000000Z');
  });

  it('flush', async () => {
    const { records, statistics } = await run({ flush: 2n ** 64n - 1n });
    expect(statistics.invalidFrames).toBe(1);
    expect(records.filter(({ record }) => record === 'ledger')).toHaveLength(1);
  });
});

describe('whatever a double holds is a number in both forms, of the same value', () => {
  const type = typeOf({ type: 'long', bits: 64 } as never);
  test.each([2 ** 53, 2 ** 53 + 2, 2 ** 62, 4_294_967_296e9, 2 ** 63 - 1024, 2 ** 63, 2 ** 64, 1.8e22])(
    '%d',
    (value) => {
      const out = Buffer.alloc(64);
      for (const each of [value, -value]) {
        const nearest = each >= 2 ** 63 ? 2n ** 63n - 1n : each < -(2 ** 63) ? -(2n ** 63n) : BigInt(each);
        expect(out.toString('latin1', 0, putDecimalNumber(out, 0, each))).toBe(String(nearest));
        expect(out.toString('latin1', 0, putTime(out, 0, each))).toBe(String(nearest));
        expect(BigInt(type.fromBuffer(out.subarray(0, putNumber(out, 0, each))))).toBe(nearest);
      }
    },
  );
});

test('the layout has no further count or time of 64 bits', () => {
  const words = (layout: Record<string, number>, fields: readonly string[]) => fields.map((field) => layout[field]);
  expect(
    words(CONN, [...IDS, 'start_ns', 'end_ns', 'sent_bytes', 'received_bytes', 'sent_packets', 'received_packets']),
  ).toEqual(Array.from({ length: 9 }, (_, i) => 8 * i));
  expect(ACCOUNT.size).toBe(ACCOUNT.attempted + 8 * (ACCOUNT_COLUMNS.length + LOST_PLACES + NOTE_PLACES));
});
