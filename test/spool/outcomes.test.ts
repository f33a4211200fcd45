/** What a spool's own output records say became of its records, over restarts. */
import avro from 'avsc';
import { expect, test } from 'vitest';
import type { Output as OutputRecord } from '../../src/sinks/generated/output.js';
import { OUTPUT } from '../../src/sinks/generated/output-type.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { emptyLedger } from '../support/ledger-record.js';
import { OTHER, ROW, rowsTo } from './rows.js';
import { SimDisk, SimFiles } from './sim-files.js';

const OPTIONS = { policy: 'oldest', size: 8 << 20, age: Infinity } as const;
const output = avro.Type.forSchema(JSON.parse(OUTPUT.schema));
const NONE = { records: 0, units: 0 };

/** Records of a run: ten rows of two types, a ledger record, and an output record behind it. */
async function run(writer: SpoolWriter, seq: number): Promise<void> {
  const row = rowsTo(writer);
  for (let id = 0; id < 10; id++) row(id);
  writer.ledger({ ...emptyLedger('h', 'b'), seq });
  await writer.idle();
}

/** Reads all that is open: acknowledges rows of one type, refuses those of the other; what is left over stays open from the first ledger record. */
async function send(disk: SimDisk, all: boolean): Promise<OutputRecord[]> {
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  const found: OutputRecord[] = [];
  for (let block = await reader.next(); block !== null; block = await reader.next()) {
    for (let i = 0; i < block.count; i++) {
      const { name } = block.type(i);
      if (name === OUTPUT.name) found.push(output.fromBuffer(Buffer.from(block.bytes(i))));
      if (name === OTHER.name) reader.settle(block.first + i, 1, 'dead_lettered');
      else if (all || name === ROW.name) reader.ack(block.first + i, 1);
    }
  }
  await reader.commit();
  await reader.close();
  return found;
}

test('what was acknowledged, refused or expired is told with the next ledger record, and by the next run', async () => {
  const disk = new SimDisk();
  const first = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  await run(first, 1);
  await send(disk, false);
  await run(first, 2);
  const records = await send(disk, true);
  await first.finish();
  expect(records).toHaveLength(2);
  expect(records[0]).toMatchObject({ seq: 1, spool_first: 1 });
  for (const series of records[0]!.series)
    expect(series).toMatchObject({ acked: NONE, dead_lettered: NONE, expired: NONE });
  const [five, ten] = [
    { records: 5, units: 5 },
    { records: 5, units: 10 },
  ];
  const of = (record: OutputRecord, name: string) => record.series.find((series) => series.record === name);
  expect(records[1]).toMatchObject({ seq: 2, spool_first: 1 });
  expect(of(records[1]!, ROW.name)).toMatchObject({ acked: five, dead_lettered: NONE, written: { records: 10 } });
  expect(of(records[1]!, OTHER.name)).toMatchObject({ acked: NONE, dead_lettered: ten, written: { records: 10 } });
  expect(of(records[1]!, 'output')).toBeUndefined();

  const second = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  // 2 × (10 rows, a ledger record, an output record).
  expect(second.first).toBe(25);
  second.ledger({ ...emptyLedger('h', 'b'), seq: 1 });
  await second.idle();
  const [record] = await send(disk, true);
  await second.finish();
  expect(record).toMatchObject({ seq: 1, spool_first: 25 });
  expect(of(record!, ROW.name)).toMatchObject({ acked: { records: 10, units: 10 }, written: NONE });
  expect(of(record!, OTHER.name)).toMatchObject({ dead_lettered: { records: 10, units: 20 }, written: NONE });
  expect(of(record!, 'ledger')).toMatchObject({ acked: { records: 2 }, written: { records: 1 } });
});

test('a checkpoint that cannot be read leaves them open', async () => {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  disk.names.get('checkpoint')!.bytes.fill(0);
  await run(writer, 1);
  const found: OutputRecord[] = [];
  const reader = await SpoolReader.on(new SimFiles(disk.killed()), { follow: false });
  for (let block = await reader.next(); block !== null; block = await reader.next()) {
    for (let i = 0; i < block.count; i++) {
      if (block.type(i).name === OUTPUT.name) found.push(output.fromBuffer(Buffer.from(block.bytes(i))));
    }
  }
  expect(found).toMatchObject([{ spool_first: null, series: [{ acked: null }, { expired: null }, {}] }]);
  await reader.close();
  await writer.finish();
});
