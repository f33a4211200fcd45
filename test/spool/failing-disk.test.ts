/** A disk that fails while a spool is opened: that is told, nothing is lost by it, and the next time all is well. */
import { expect, test } from 'vitest';
import { QUARANTINE_BYTES, QUARANTINE_FILES } from '../../src/spool/quarantine.js';
import { SEGMENT_HEAD_BYTES } from '../../src/spool/segment-format.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { surveySpool } from '../../src/spool/survey.js';
import { drain, rowsTo } from './rows.js';
import { errno, SimDisk, SimFiles } from './sim-files.js';

const OPTIONS = { policy: 'newest', size: 8 << 20, age: Infinity, segmentBytes: 20_000 } as const;
const ROWS = 120;

/** A spool of which half is acknowledged, whose last block is torn, and in which a segment of nothing lies. */
async function torn(): Promise<SimDisk> {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  for (let id = 0; id < ROWS; id++) {
    rowsTo(writer)(id, 500);
    if (id % 10 === 9) await writer.idle();
  }
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  reader.ack((await reader.next())!.first, 5);
  await reader.close();
  const killed = disk.killed();
  const last = [...killed.names.keys()]
    .filter((name) => name.endsWith('.spool'))
    .sort()
    .at(-1)!;
  const node = killed.names.get(last)!;
  node.bytes = new Uint8Array([...node.bytes, ...new Uint8Array(100).fill(7)]);
  const nothing = Number(last.slice(0, 16)) + 1;
  killed.names.set(`${String(nothing).padStart(16, '0')}.spool`, {
    ...node,
    bytes: new Uint8Array(SEGMENT_HEAD_BYTES + 500).fill(9),
  });
  return killed;
}

async function idsIn(disk: SimDisk): Promise<number[]> {
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  const ids = await drain(reader);
  await reader.close();
  await writer.finish();
  return ids;
}

test.each(['EIO', 'ENOSPC'])('%s at any operation of recovery', async (code) => {
  const whole = Array.from({ length: ROWS - 5 }, (_, i) => i + 5);
  expect(await idsIn(await torn())).toEqual(whole);
  let refused = 0;
  for (let failing = 0; ; failing++) {
    const disk = await torn();
    let failed = false;
    disk.before = (_operation, _name, index) => {
      if (index !== failing) return;
      failed = true;
      throw errno(code);
    };
    const opened = await SpoolWriter.on(new SimFiles(disk), OPTIONS).catch((error: unknown) => error);
    disk.before = () => {};
    if (opened instanceof SpoolWriter) await opened.finish();
    else {
      refused++;
      expect(opened).toMatchObject({ code: 'CONNTRAIL_IO' });
      expect((opened as Error).message).toBe(`cannot use the spool spool (${code}); see to its disk`);
    }
    // Locks are free, and everything is there.
    expect(await idsIn(disk), `operation ${failing}`).toEqual(whole);
    if (!failed) break;
  }
  expect(refused).toBeGreaterThan(5);
});

test('a sync that fails for good is no promise: what is told as accepted is there', async () => {
  const disk = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  disk.before = (operation, name) => {
    if (operation === 'sync' && name.endsWith('.spool')) throw errno('EIO');
  };
  for (let id = 0; id < 10; id++) rowsTo(writer)(id);
  await writer.idle();
  expect([writer.account.spooled.records, writer.account.dropped.records]).toEqual([0, 10]);
  expect(writer.errors.map(({ code }) => code)).toEqual(['CONNTRAIL_IO']);
  disk.before = () => {};
  for (let id = 10; id < 20; id++) rowsTo(writer)(id);
  await writer.finish();
  expect(await idsIn(disk.afterPowerCut(() => 0))).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
});

/** Puts a segment of nothing into it, and opens it. */
async function putAside(disk: SimDisk, number: number, bytes: number): Promise<void> {
  const node = { bytes: new Uint8Array(bytes).fill(9), durable: new Uint8Array(0), pending: [] };
  disk.names.set(`${String(number).padStart(16, '0')}.spool`, node);
  await (await SpoolWriter.on(new SimFiles(disk), OPTIONS)).finish();
}

test('what is put aside keeps within a number of files: the oldest goes, and how many did is told', async () => {
  const disk = new SimDisk();
  for (let i = 1; i <= QUARANTINE_FILES + 5; i++) await putAside(disk, 1000 + i, 500);
  const aside = [...disk.names.keys()].filter((name) => name.startsWith('quarantine/'));
  expect(aside).toHaveLength(QUARANTINE_FILES);
  expect(aside.map((name) => Number(name.slice(11, 27)) - 1000)).toEqual(
    Array.from({ length: QUARANTINE_FILES }, (_, i) => i + 6),
  );
  const survey = await surveySpool(new SimFiles(disk));
  expect(survey).toMatchObject({ quarantined: QUARANTINE_FILES, quarantineRemoved: 5 });
});

test('and within bytes; the last one stays whatever its size', async () => {
  const disk = new SimDisk();
  const large = QUARANTINE_BYTES / 2 - 100;
  for (let i = 1; i <= 3; i++) await putAside(disk, 1000 + i, large);
  expect(await surveySpool(new SimFiles(disk))).toMatchObject({ quarantined: 2, quarantineRemoved: 1 });
});

test('a file that an earlier version put aside is the oldest', async () => {
  const disk = new SimDisk();
  await putAside(disk, 1000, 500);
  const [name, node] = [...disk.names].find(([each]) => each.startsWith('quarantine/'))!;
  disk.names.delete(name);
  disk.names.set('quarantine/0000000000009999.spool', node);
  for (let i = 1; i <= QUARANTINE_FILES; i++) await putAside(disk, 10_000 + i, 500);
  expect(disk.names.has('quarantine/0000000000009999.spool')).toBe(false);
  expect(await surveySpool(new SimFiles(disk))).toMatchObject({ quarantined: QUARANTINE_FILES, quarantineRemoved: 0 });
});
