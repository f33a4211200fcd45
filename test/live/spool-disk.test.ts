/** A spool on a file system that is really full: what gives way is what the policy says, and the account closes. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryFiles } from '../../src/spool/directory-files.js';
import { spoolBreach } from '../../src/spool/spool-account.js';
import type { SpoolPolicy } from '../../src/spool/spool-options.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { surveySpool } from '../../src/spool/survey.js';
import { drain, rowsTo } from '../spool/rows.js';
import { onSmallDisk } from '../support/small-disk.js';

const KIB = 4096;
const BYTES = 1000;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

async function write(writer: SpoolWriter, from: number, to: number): Promise<void> {
  const row = rowsTo(writer);
  for (let id = from; id < to; id++) {
    row(id, BYTES);
    if (id % 100 === 99) {
      writer.push();
      await new Promise(setImmediate);
    }
  }
  writer.push();
}

/** What is handed over has become something, and all that was spooled has a place. */
async function expectClosed(writer: SpoolWriter, handed: number): Promise<void> {
  const { handedOver, spooled, dropped } = writer.account;
  expect([handedOver.records, spooled.records + dropped.records]).toEqual([handed, handed]);
  const files = await DirectoryFiles.open(writer.name, false);
  const { checkpoint, resident, lost, damage } = await surveySpool(files);
  await files.close();
  expect(damage).toEqual([]);
  expect(spoolBreach(checkpoint!, { counts: resident, damaged: lost }, writer.next)).toBeNull();
}

function onDisk(
  policy: SpoolPolicy,
  body: (writer: SpoolWriter, path: string, grow: (kib: number) => void) => Promise<void>,
) {
  return async (context: Parameters<typeof onSmallDisk>[0]) => {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-disk-'));
    try {
      await onSmallDisk(context, join(folder, 'disk'), KIB, async (mount, grow) => {
        const path = join(mount, 'spool');
        // Its own bound is beyond the disk.
        const writer = await SpoolWriter.open(path, { policy, size: 1 << 30, age: Infinity, segmentBytes: 1 << 18 });
        await body(writer, path, grow);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

test(
  'oldest: the newest are there, the others expired',
  onDisk('oldest', async (writer, path) => {
    await write(writer, 0, 10_000);
    await writer.idle();
    expect(writer.next).toBe(10_001);
    const expired = writer.expired.records;
    expect(expired).toBeGreaterThan(5_000);
    expect(writer.account.dropped.records).toBe(0);
    await expectClosed(writer, 10_000);
    // What is full can still be read, and settled.
    const reader = await SpoolReader.open(path, { follow: false });
    expect(await drain(reader)).toEqual(range(expired, 10_000));
    await reader.commit();
    expect(reader.error).toBeNull();
    expect(reader.checkpoint.lowest).toBe(10_001);
    await reader.close();
    await write(writer, 10_000, 11_000);
    await writer.finish();
    expect(writer.account.dropped.records).toBe(0);
  }),
);

test(
  'newest: what was there first stays, and there is more when there is room',
  onDisk('newest', async (writer, path, grow) => {
    await write(writer, 0, 10_000);
    await writer.idle();
    const kept = writer.next - 1;
    expect(kept).toBeGreaterThan(3_000);
    expect(kept).toBeLessThan(4_200);
    expect([writer.account.dropped.records, writer.refused.records]).toEqual([10_000 - kept, 10_000 - kept]);
    expect(writer.errors[0]).toMatchObject({ code: 'CONNTRAIL_IO' });
    expect(writer.errors[0]!.message).toContain('(ENOSPC); give it room');
    await expectClosed(writer, 10_000);
    grow(4 * KIB);
    await write(writer, 10_000, 12_000);
    await writer.idle();
    expect(writer.next).toBe(kept + 2_001);
    const reader = await SpoolReader.open(path, { follow: false });
    const ids = await drain(reader);
    expect(ids).toHaveLength(kept + 2_000);
    expect(ids.slice(-2_000)).toEqual(range(10_000, 12_000));
    await reader.close();
    await writer.finish();
  }),
);

test(
  'block: nothing is lost, once there is room',
  onDisk('block', async (writer, path, grow) => {
    await write(writer, 0, 6_000);
    const before = () => readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
    while (before() < 3.5 * 1024 * 1024) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(writer.next).toBeLessThan(4_200);
    expect(writer.account.dropped.records).toBe(0);
    grow(4 * KIB);
    await writer.idle();
    expect(writer.next).toBe(6_001);
    await expectClosed(writer, 6_000);
    const reader = await SpoolReader.open(path, { follow: false });
    expect(await drain(reader)).toEqual(range(0, 6_000));
    await reader.close();
    await writer.finish();
  }),
);
