import { expect, test } from 'vitest';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { drain, rowsTo } from './rows.js';
import { SimDisk, SimFiles } from './sim-files.js';

const OPTIONS = { policy: 'oldest', size: 8 << 20, age: Infinity, segmentBytes: 1 << 14 } as const;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('what is accepted is read in order, and acknowledged only once', async () => {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  const row = rowsTo(writer);
  for (const id of range(0, 5000)) {
    row(id);
    if (id % 100 === 0) await writer.idle();
  }
  await writer.idle();
  expect(writer.next).toBe(5001);
  expect(writer.written.records).toBe(5000);
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  expect(await drain(reader)).toEqual(range(0, 5000));
  await reader.commit();
  expect(reader.checkpoint.lowest).toBe(5001);
  expect(reader.checkpoint.outcomes.acked.records).toBe(5000);
  await reader.close();
  await writer.finish();
  const again = await SpoolReader.on(new SimFiles(disk), { follow: false });
  expect(await drain(again)).toEqual([]);
  await again.close();
  // Recovery removed the last segment too.
  expect([...disk.names.keys()].filter((name) => name.endsWith('.spool'))).toEqual([]);
});
