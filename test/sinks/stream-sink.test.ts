import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_CONNECTION_JSON_BYTES } from '../../src/connections/generated/connection-json.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import type { Output } from '../../src/sinks/generated/output.js';
import { JsonArrayWriter } from '../../src/sinks/json-array-writer.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { STREAM_BACKLOG_BYTES, StreamSink } from '../../src/sinks/stream-sink.js';
import { emptyLedger } from '../support/ledger-record.js';
import { connectionLedger, told } from '../support/ledgers.js';
import { GatedTarget } from './gated-target.js';
import { connectionsTo, source } from './sources.js';

interface Line {
  record: 'connection' | 'ledger' | 'output';
  seq: number;
  state?: string;
  intervals?: number;
  accounts?: Ledger['accounts'];
  series?: Output['series'];
}

const lines = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** A sink with a writer, and a hand that gives both whole intervals. */
function stream(options: ConstructorParameters<typeof StreamSink>[1] = {}) {
  const target = new GatedTarget();
  const sink = new StreamSink(target, options);
  const writer = new NdjsonWriter(sink);
  const connection = connectionsTo(writer);
  let [seq, interval] = [0, 0];
  const give = (records: number): void => {
    const first = seq + 1;
    let closed = 0;
    for (let i = 0; i < records; i++) {
      const open = ++seq % 5 === 0;
      if (!open) closed++;
      connection(source({ cookie: seq, state: open ? 0 : 1 }, seq));
    }
    writer.ledger(connectionLedger(++interval, first, seq, closed));
  };
  return { target, sink, writer, give, handed: () => ({ records: seq, ledgers: interval }) };
}

const none = { records: 0, units: 0 };
const connections = (records: number, units: number) => ({
  record: 'connection',
  written: { records, units },
  refused: none,
});
const ledgers = (records: number) => ({ record: 'ledger', written: { records, units: 0 }, refused: none });

test('behind each ledger record the output tells what stands before it', async () => {
  const { target, sink, give } = stream();
  give(10);
  give(23);
  target.passAll();
  await sink.finish();
  const accounts = lines(target.text).filter(({ record }) => record === 'output');
  expect(accounts).toMatchObject([
    { seq: 1, ledger_seq: 1, series: [connections(10, 8), ledgers(1)] },
    { seq: 2, ledger_seq: 2, series: [connections(33, 27), ledgers(2)] },
  ]);
});

describe('a reader that stopped', () => {
  let outcome: Awaited<ReturnType<typeof stall>>;
  beforeAll(async () => {
    outcome = await stall();
  });

  /** More than the bound, while nothing passes; then everything does. */
  async function stall() {
    const { target, sink, give, handed } = stream();
    const record = 600;
    let most = 0;
    for (let bytes = 0; bytes < 3 * STREAM_BACKLOG_BYTES; bytes += 997 * record) {
      give(997);
      most = Math.max(most, sink.backlog);
    }
    const finished = sink.finish();
    target.passAll();
    await finished;
    return { sink, most, handed: handed(), found: lines(target.text) };
  }

  test('costs the newest chunks, counted, and no memory beyond the bound', () => {
    const { sink, most, handed, found } = outcome;
    expect(most).toBeLessThan(STREAM_BACKLOG_BYTES + (1 << 17) + MAX_CONNECTION_JSON_BYTES);
    const records = found.filter(({ record }) => record === 'connection');
    expect(sink.written.of(CONNECTION).records).toBe(records.length);
    expect(sink.written.units).toBe(records.filter(({ state }) => state === 'closed').length);
    expect(sink.refused.of(CONNECTION).records).toBeGreaterThan(0);
    expect(sink.written.of(CONNECTION).records + sink.refused.of(CONNECTION).records).toBe(handed.records);
    expect(sink.errors).toMatchObject([{ code: 'CONNTRAIL_BEHIND' }]);
  });

  test('costs no ledger record: those that waited became one, with the same sums', () => {
    const { sink, handed, found } = outcome;
    const ledgers = found.filter(({ record }) => record === 'ledger');
    expect(sink.refused.of(LEDGER).records).toBe(0);
    expect(ledgers.length).toBeLessThan(handed.ledgers);
    expect(ledgers.reduce((sum, { intervals }) => sum + intervals!, 0)).toBe(handed.ledgers);
    const handedClosed = ledgers.reduce((sum, { accounts }) => sum + accounts![0]!.given, 0);
    expect(handedClosed).toBe(sink.written.units + sink.refused.units);
    let last = 0;
    for (const { seq, intervals } of ledgers) {
      expect(seq - intervals!).toBe(last);
      last = seq;
    }
  });

  test('is told in the output itself, at each place exactly', () => {
    const { sink, found } = outcome;
    let [closed, records, handed] = [0, 0, 0];
    for (const line of found) {
      if (line.record === 'connection') {
        records++;
        if (line.state === 'closed') closed++;
      } else if (line.record === 'ledger') handed += line.accounts![0]!.given;
      else {
        const { written, refused } = told({ series: line.series! }, 'connection');
        expect(written).toEqual({ records, units: closed });
        expect(refused.units).toBe(handed - closed);
      }
    }
    expect(told({ series: found.at(-1)!.series! }, 'connection')).toMatchObject({
      written: sink.written.of(CONNECTION),
      refused: sink.refused.of(CONNECTION),
    });
  });

  test('may be given up: what is not there is refused, to the record', async () => {
    const { target, sink, give } = stream();
    for (let i = 0; i < 20; i++) give(97);
    for (let i = 0; i < 5; i++) target.pass();
    expect(target.busy).toBe(true);
    target.progress = 5000;
    sink.abandon();
    await sink.finish();
    const there = lines(target.text).filter(({ record }) => record === 'connection').length;
    // The chunk under way holds more than the records of its first 5000 bytes.
    expect(sink.written.of(CONNECTION).records).toBeGreaterThan(there);
    expect(sink.written.of(CONNECTION).records).toBeLessThan(there + 20);
    expect(sink.written.of(CONNECTION).records + sink.refused.of(CONNECTION).records).toBe(20 * 97);
    expect(sink.backlog).toBe(0);
    expect(sink.errors).toMatchObject([{ code: 'CONNTRAIL_BEHIND' }]);
  });
});

test('a reader that went away is no failure: what comes then is unread', async () => {
  let closed = 0;
  const { target, sink, give } = stream({ closed: () => closed++ });
  give(10);
  target.pass('EPIPE', 1500);
  await sink.finish();
  give(10);
  await sink.finish();
  const whole = lines(target.text.slice(0, target.text.lastIndexOf('\n'))).length;
  expect(whole).toBeGreaterThan(0);
  expect(sink.written.of(CONNECTION).records).toBe(whole);
  expect([sink.errors, sink.refused.of(CONNECTION).records, closed, sink.backlog]).toEqual([[], 0, 1, 0]);
  expect(sink.unread.of(CONNECTION).records).toBe(20 - whole);
  expect(sink.unread.of(LEDGER).records).toBe(2);
});

test('any other failure is told, what it cost, and how much of a record it left behind', async () => {
  let closed = 0;
  const { target, sink, give } = stream({ closed: () => closed++ });
  give(10);
  target.pass('ENOSPC', 2000);
  give(10);
  await sink.finish();
  const end = target.text.lastIndexOf('\n') + 1;
  expect(sink.written.of(CONNECTION).records).toBe(lines(target.text.slice(0, end)).length);
  expect(sink.written.of(CONNECTION).records + sink.refused.of(CONNECTION).records).toBe(20);
  expect(sink.refused.of(LEDGER).records).toBe(2);
  expect(sink.errors).toMatchObject([
    { code: 'CONNTRAIL_IO', message: expect.stringContaining(`its last ${2000 - end} bytes are a record`) },
  ]);
  expect(closed).toBe(1);
});

test('a JSON array of which chunks were refused is a document all the same', async () => {
  const target = new GatedTarget();
  const sink = new StreamSink(target);
  const writer = new JsonArrayWriter(sink);
  const connection = connectionsTo(writer);
  for (let seq = 1; seq <= 40_000; seq++) connection(source({ cookie: seq }, seq));
  writer.ledger({ ...emptyLedger('testhost', 'boot'), seq: 1 });
  writer.end();
  target.passAll();
  await sink.finish();
  expect(sink.refused.of(CONNECTION).records).toBeGreaterThan(0);
  const found = JSON.parse(target.text) as Line[];
  expect(found.filter(({ record }) => record === 'connection')).toHaveLength(sink.written.of(CONNECTION).records);
  expect(found.at(-1)!.record).toBe('output');
});
