/** What gives way when a spool has no room, or its records are too old: by policy, and counted. */
import { afterEach, expect, test, vi } from 'vitest';
import { SeriesCounts } from '../../src/sinks/series-counts.js';
import { CheckpointFile } from '../../src/spool/checkpoint-file.js';
import { type SpoolAccount, spoolBreach } from '../../src/spool/spool-account.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SPOOL_BACKLOG_BYTES, SpoolWriter } from '../../src/spool/spool-writer.js';
import { surveySpool } from '../../src/spool/survey.js';
import { drain, OTHER, ROW, rowsTo } from './rows.js';
import { SimDisk, SimFiles } from './sim-files.js';

const SMALL = { size: 1 << 20, age: Infinity, segmentBytes: 1 << 16 } as const;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const settled = () => new Promise((resolve) => setTimeout(resolve, 300));

afterEach(() => void vi.useRealTimers());

/** Handed over = spooled + dropped + waiting. */
function waiting({ handedOver, spooled, encodeError, dropped }: SpoolAccount): number {
  return handedOver.records - spooled.records - encodeError.records - dropped.records;
}

/** Writes rows of 1000 bytes, in blocks that go to the disk as they come. */
async function write(writer: SpoolWriter, from: number, to: number): Promise<void> {
  const row = rowsTo(writer);
  for (let id = from; id < to; id++) {
    row(id, 1000);
    if (id % 50 === 49) {
      writer.push();
      await new Promise(setImmediate);
    }
  }
  writer.push();
}

async function closes(writer: SpoolWriter, disk: SimDisk): Promise<void> {
  const { resident, lost, checkpoint } = await surveySpool(new SimFiles(disk));
  expect(spoolBreach(checkpoint!, { counts: resident, damaged: lost }, writer.next)).toBeNull();
}

test('block: nothing is taken until there is room, nothing is lost, and order is kept', async () => {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), { ...SMALL, policy: 'block' });
  await write(writer, 0, 3000);
  await settled();
  expect(writer.next).toBeLessThan(1100);
  expect(waiting(writer.account)).toBe(3000 - (writer.next - 1));
  expect(disk.used).toBeLessThan(SMALL.size + (1 << 17));
  let idle = false;
  const written = writer.idle().then(() => (idle = true));
  await settled();
  expect(idle).toBe(false);
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: true });
  const ids: number[] = [];
  while (ids.length < 3000) {
    const block = (await reader.next())!;
    reader.ack(block.first, block.count);
    ids.push(...range(block.first - 1, block.first - 1 + block.count));
    await reader.commit();
  }
  expect(ids).toEqual(range(0, 3000));
  await written;
  expect([writer.next, writer.refused.records, writer.expired.records]).toEqual([3001, 0, 0]);
  expect(writer.errors).toEqual([]);
  await reader.close();
  await writer.finish();
});

test('block: beyond what may wait in memory the newest are dropped, and counted', { timeout: 120_000 }, async () => {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), { ...SMALL, policy: 'block' });
  const row = rowsTo(writer);
  const count = Math.ceil((1.2 * SPOOL_BACKLOG_BYTES) / 20_000);
  for (let id = 0; id < count; id++) row(id, 19_000);
  writer.push();
  await settled();
  const { dropped, handedOver } = writer.account;
  expect(handedOver.records).toBe(count);
  expect(dropped.records).toBeGreaterThan(count / 12);
  expect(writer.refused).toEqual(dropped);
  expect(writer.backlog).toBeLessThanOrEqual(SPOOL_BACKLOG_BYTES);
  expect(writer.errors.map(({ code }) => code)).toEqual(['CONNTRAIL_BEHIND']);
  // What was kept waits, and an end that cannot wait counts it as refused.
  const left = waiting(writer.account);
  expect(left).toBe(count - dropped.records - (writer.next - 1));
  writer.abandon();
  await writer.finish();
  expect(waiting(writer.account)).toBe(0);
  expect(writer.refused.records).toBe(count - (writer.next - 1));
});

test('block: a full disk is waited for as well', async () => {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), { ...SMALL, size: 1 << 24, policy: 'block' });
  disk.capacity = disk.used + 200_000;
  await write(writer, 0, 500);
  await settled();
  expect(waiting(writer.account)).toBeGreaterThan(250);
  expect(writer.account.dropped.records).toBe(0);
  disk.capacity = Infinity;
  await writer.idle();
  expect([writer.next, waiting(writer.account)]).toEqual([501, 0]);
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  expect(await drain(reader)).toEqual(range(0, 500));
  await reader.close();
  await closes(writer, disk);
  await writer.finish();
});

test('age: what is too old expires by the monotonic clock, and nothing younger', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval', 'Date'] });
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), { ...SMALL, age: 10_000, policy: 'newest' });
  const row = rowsTo(writer);
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      await vi.advanceTimersByTimeAsync(1000);
      await writer.idle();
    }
  };
  for (const id of range(0, 10)) row(id);
  await writer.idle();
  await pass(6);
  for (const id of range(10, 15)) row(id);
  await writer.idle();
  await pass(3);
  expect(writer.expired.records).toBe(0);
  // A jump of the wall clock is none of the age.
  vi.setSystemTime(Date.now() + 86_400_000);
  await pass(1);
  await pass(1);
  expect(writer.expired.toJSON()).toEqual({ [ROW.name]: [5, 5], [OTHER.name]: [5, 10] });
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  expect(await drain(reader, false)).toEqual(range(10, 15));
  await reader.close();
  await closes(writer, disk);
  await pass(7);
  expect(writer.expired.records).toBe(15);
  const checkpoint = (await new CheckpointFile(new SimFiles(disk)).read())!;
  expect([checkpoint.lowest, checkpoint.outcomes.expired.records]).toEqual([16, 15]);
  // Expired is not dropped: all of it was accepted.
  expect([writer.account.spooled.records, writer.account.dropped.records]).toEqual([15, 0]);
  await closes(writer, disk);
  await writer.finish();
});

test('age: of what an earlier run left the wall clock tells it', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval', 'Date'] });
  const disk = new SimDisk();
  const options = { ...SMALL, age: 3_600_000, policy: 'oldest' } as const;
  const first = await SpoolWriter.on(new SimFiles(disk), options);
  for (const id of range(0, 10)) rowsTo(first)(id);
  await first.finish();
  vi.setSystemTime(Date.now() + 3_590_000);
  const second = await SpoolWriter.on(new SimFiles(disk), options);
  await vi.advanceTimersByTimeAsync(5_000);
  await second.idle();
  expect(second.expired.records).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  await second.idle();
  expect(second.expired.records).toBe(10);
  await closes(second, disk);
  await second.finish();
});

test('an error of encoding is told to whoever writes, and counted', async () => {
  const writer = await SpoolWriter.on(new SimFiles(new SimDisk()), { ...SMALL, policy: 'oldest' });
  expect(() => rowsTo(writer)(0, -1)).toThrow(RangeError);
  await writer.idle();
  expect(writer.account.encodeError).toEqual(SeriesCounts.of(ROW, 1, 1));
  expect(waiting(writer.account)).toBe(0);
  await writer.finish();
});
