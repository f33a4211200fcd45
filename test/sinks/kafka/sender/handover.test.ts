/** Handing over, reports and starting anew, against a model of a broker that does whatever a broker may do. */
import avsc from 'avsc';
import { expect, test } from 'vitest';
import { RECORD_TYPES } from '../../../../src/records.gen.js';
import { decodeKafkaMessage } from '../../../../src/sinks/kafka/block-format.js';
import { KAFKA } from '../../../../src/sinks/kafka/sender/client-errors.js';
import { Flight } from '../../../../src/sinks/kafka/sender/flight.js';
import { FoundRecords } from '../../../../src/sinks/kafka/sender/found-records.js';
import { Handover } from '../../../../src/sinks/kafka/sender/handover.js';
import { SentTypes } from '../../../../src/sinks/kafka/sender/lane.js';
import type { OffsetFile } from '../../../../src/sinks/kafka/sender/offset-file.js';
import type { Producer } from '../../../../src/sinks/kafka/sender/producer.js';
import { Reports } from '../../../../src/sinks/kafka/sender/reports.js';
import type { SpoolBlock } from '../../../../src/spool/spool-block.js';
import type { SpoolReader } from '../../../../src/spool/spool-reader.js';
import type { SpoolType } from '../../../../src/spool/type-table.js';
import { random } from '../../../spool/random.js';

const TYPES: SpoolType[] = ['connection', 'dns'].map((name) => RECORD_TYPES.find((type) => type.name === name)!);
const AVRO = TYPES.map(({ schema }) => avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema));

interface Message {
  topic: string;
  key: string;
  count: number;
  opaque: unknown;
  size: number;
}

/** One run: how a broker treats what it gets, by a seed. Returns the keys that each topic holds, in order. */
function run(seed: number, framing: 'message' | 'block', records: number) {
  const below = random(seed);
  const flight = new Flight();
  const types = new SentTypes('p', 100_000);
  const settled = new Map<number, string>();
  const settle = (first: number, count: number, outcome: string) => {
    for (let seq = first; seq < first + count; seq++) {
      expect(settled.has(seq)).toBe(false);
      settled.set(seq, outcome);
    }
  };
  const reader = {
    ack: (first: number, count: number) => settle(first, count, 'acked'),
    settle,
  } as unknown as SpoolReader;
  const reports = new Reports(flight, types, reader, { acknowledged() {} } as unknown as OffsetFile, () => {});
  const handover = new Handover({ framing, messageBytes: 100_000 }, flight, types, reports);
  const log = new Map<string, string[]>();
  let queue: Message[] = [];
  const producer = {
    produce: (topic: string, _partition: number, value: Buffer, key: Buffer, opaque: unknown) => {
      if (below(40) === 0) return KAFKA.queueFull;
      queue.push({ topic, key: key.toString(), count: decodeKafkaMessage(value)!.count, opaque, size: value.length });
      return 0;
    },
  } as unknown as Producer;
  const keys: string[] = [];
  const bytes = Array.from({ length: records }, (_, i) => {
    const which = below(2);
    const seq = i + 1;
    keys.push(`h/b/${1 + Math.floor(i / 100)}/${TYPES[which]!.name}/${seq}`);
    const value = {
      ...(AVRO[which]!.random() as unknown as object),
      host: 'h',
      boot_id: 'b',
      run: 1 + Math.floor(i / 100),
      seq,
    };
    return { which, bytes: AVRO[which]!.toBuffer(value) };
  });
  let given = 0;
  const give = () => {
    const count = Math.min(records - given, 1 + below(40));
    const first = given + 1;
    const at = (i: number) => bytes[first - 1 + i]!;
    given += count;
    const type = (i: number) => TYPES[at(i).which]!;
    flight.add({ first, count, type, units: () => 1, bytes: (i: number) => at(i).bytes } as unknown as SpoolBlock);
  };
  /** What arrives of the first message, and whether that is told. */
  const deliver = (told: boolean) => {
    const message = queue.shift();
    if (message === undefined) return;
    const entries = log.get(message.topic) ?? [];
    log.set(message.topic, entries);
    const cut = message.key.lastIndexOf('/') + 1;
    for (let i = 0; i < message.count; i++)
      entries.push(`${message.key.slice(0, cut)}${Number(message.key.slice(cut)) + i}`);
    if (!told) return;
    const { topic, opaque, size } = message;
    reports.take(0, { topic, opaque, size, offset: entries.length }, '', true);
  };
  /** As the sender does with a new producer. */
  const anew = () => {
    // What was on its way may arrive all the same, in order.
    for (let count = below(queue.length + 1); count > 0; count--) deliver(false);
    queue = [];
    reports.flush();
    handover.clear();
    reports.forget();
    handover.suspectsEnd = Math.max(handover.suspectsEnd, flight.next);
    for (const lane of types.lanes()) {
      lane.reset();
      lane.found = new FoundRecords();
      for (const key of log.get(lane.topic) ?? []) lane.found.add(key);
    }
    flight.rewind();
  };
  for (let steps = 0; given < records || flight.open > 0; steps++) {
    if (steps > 100_000) throw new Error(`seed ${seed} does not end`);
    const stop = handover.run(producer);
    if (stop.why === 'unready') {
      stop.type.id = 7;
      stop.type.lane.ready = true;
    } else if (stop.why === 'fault') anew();
    else if (stop.why === 'done') {
      if (given < records) give();
      else handover.flush(producer);
    } else expect(['turn', 'full']).toContain(stop.why);
    for (let count = below(20); count > 0; count--) deliver(true);
    if (queue.length > 0 && below(60) === 0) {
      // Some arrived, nobody can tell which; none of what follows does.
      const failed = queue;
      queue = [...failed];
      for (let count = below(failed.length + 1); count > 0; count--) deliver(false);
      queue = [];
      for (const { topic, opaque, size } of failed)
        reports.take(KAFKA.fatal, { topic, opaque, size, offset: -1 }, 'fatal', true);
    }
  }
  reports.flush();
  expect([...settled.values()].every((outcome) => outcome === 'acked')).toBe(true);
  expect(settled.size).toBe(records);
  return { log, keys, reports, handover };
}

test.each(['message', 'block'] as const)(
  'whatever the broker does, each record is there once and in order: %s',
  (framing) => {
    let again = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { log, keys, reports, handover } = run(seed, framing, 600);
      for (const { name } of TYPES) {
        const wanted = keys.filter((key) => key.split('/').at(-2) === name);
        expect(log.get(`p.${name}`), `seed ${seed}`).toEqual(wanted);
      }
      expect([reports.messages, reports.records, reports.valueBytes]).toEqual([0, 0, 0]);
      again += handover.foundAgain;
    }
    // The model must have made it start anew with something to find.
    expect(again).toBeGreaterThan(100);
  },
);

test('an offset that is not behind the one before is no acknowledgement', () => {
  const flight = new Flight();
  const types = new SentTypes('p', 1_000);
  const reader = { ack: () => {} } as unknown as SpoolReader;
  const reports = new Reports(flight, types, reader, { acknowledged() {} } as unknown as OffsetFile, () => {});
  const block = { first: 1, count: 3, type: () => TYPES[0]!, units: () => 1, bytes: () => new Uint8Array(0) };
  flight.add(block as unknown as SpoolBlock);
  const report = (opaque: number, offset: number) => ({ topic: 'p.connection', opaque, offset, size: 1 });
  reports.take(0, report(1, 5), '', true);
  reports.take(0, report(2, 5), '', true);
  expect(reports.fault).toMatchObject({ kind: 'offsets', offset: 5, before: 5 });
  expect(flight.lowest).toBe(2);
  // Of a producer that is gone it is an acknowledgement all the same.
  reports.take(0, report(2, 4), '', false);
  expect(flight.lowest).toBe(3);
});
