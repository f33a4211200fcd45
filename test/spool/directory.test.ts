/** Spools in real directories: locks, modes, what others put there, a reader that follows, the commands. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spoolText } from '../../src/cli/spool/list-spool.js';
import { readSpool, spoolJson } from '../../src/cli/spool/read-spool.js';
import { findingsOf } from '../../src/cli/spool/verify-spool.js';
import { crc32c } from '../../src/spool/crc32c.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { drain, idsOf, rowsTo } from './rows.js';

const OPTIONS = { policy: 'newest', size: 64 << 20, age: Infinity } as const;
const place = () => join(mkdtempSync(join(tmpdir(), 'spool-')), 'spool');
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('CRC-32C is the one of iSCSI', () => {
  // RFC 3720 B.4: 32 bytes of zeros, of ones, ascending.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from(range(0, 32)))).toBe(0x46dd794e);
  expect(crc32c(new TextEncoder().encode('6789'), 0, 4, crc32c(new TextEncoder().encode('12345')))).toBe(0xe3069283);
});

test('a directory of its owner alone, one writer, one reader', async () => {
  const path = place();
  const writer = await SpoolWriter.open(path, OPTIONS);
  rowsTo(writer)(1);
  await writer.idle();
  expect(statSync(path).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600);
  const reader = await SpoolReader.open(path, { follow: false });
  await expect(SpoolReader.open(path)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_EXISTS' });
  expect(await drain(reader)).toEqual([1]);
  await reader.close();
  await writer.finish();
});

test('a killed writer frees its lock', async () => {
  const path = place();
  await (await SpoolWriter.open(path, OPTIONS)).finish();
  const held = ['sh', '-c', 'echo held; exec sleep 600'];
  const holder = spawn('flock', ['-n', '--no-fork', join(path, 'writer.lock'), ...held], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(holder.stdout, 'data');
  const { DirectoryFiles } = await import('../../src/spool/directory-files.js');
  const files = await DirectoryFiles.open(path, false);
  expect(await files.lock('writer.lock')).toBeNull();
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  await (await SpoolWriter.open(path, OPTIONS)).finish();
  await files.close();
});

test('what others put there is left alone and told; links are not followed', async () => {
  const path = place();
  const aim = join(path, '..', 'aim');
  writeFileSync(aim, 'untouched');
  mkdirSync(path, { mode: 0o700 });
  symlinkSync(aim, join(path, '0000000000000004.spool'));
  for (const name of ['synced', 'checkpoint', 'format', 'writer.lock', 'quarantine'])
    symlinkSync(aim, join(path, name));
  writeFileSync(join(path, 'note.txt'), 'mine');
  mkdirSync(join(path, '0000000000000002.spool'));
  const writer = await SpoolWriter.open(path, OPTIONS);
  rowsTo(writer)(7);
  await writer.idle();
  const reader = await SpoolReader.open(path, { follow: false });
  expect(await drain(reader)).toEqual([7]);
  await reader.close();
  await writer.finish();
  expect(readFileSync(aim, 'utf8')).toBe('untouched');
  const survey = await readSpool(path);
  expect(survey.foreign.sort()).toEqual(
    ['0000000000000002.spool', '0000000000000004.spool', 'note.txt', 'quarantine.foreign'].sort(),
  );
});

test('directories that others may look into, and links, are refused', async () => {
  const path = place();
  mkdirSync(path, { mode: 0o755 });
  await expect(SpoolWriter.open(path, OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_FOREIGN' });
  symlinkSync(path, `${path}-link`);
  await expect(SpoolWriter.open(`${path}-link`, OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_FOREIGN' });
  await expect(SpoolReader.open(`${path}-none`)).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
});

test('a newer format is refused, and nothing is touched', async () => {
  const path = place();
  await (await SpoolWriter.open(path, OPTIONS)).finish();
  writeFileSync(join(path, 'format'), '{"format": 2}\n');
  const before = readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')]);
  await expect(SpoolWriter.open(path, OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_VERSION' });
  await expect(SpoolReader.open(path)).rejects.toMatchObject({ code: 'CONNTRAIL_VERSION' });
  await expect(readSpool(path)).rejects.toMatchObject({ code: 'CONNTRAIL_VERSION' });
  expect(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')])).toEqual(before);
});

test('a reader follows while it is written to, and the group commit needs nobody', async () => {
  const path = place();
  const writer = await SpoolWriter.open(path, OPTIONS);
  const reader = await SpoolReader.open(path);
  const row = rowsTo(writer);
  const ids: number[] = [];
  for (const id of range(0, 5)) {
    row(id);
    const block = (await reader.next())!;
    ids.push(...idsOf(block));
    reader.ack(block.first, block.count);
  }
  expect(ids).toEqual(range(0, 5));
  const ended = new AbortController();
  const next = reader.next(ended.signal);
  ended.abort();
  expect(await next).toBeNull();
  await reader.close();
  await writer.finish();
});

test('list and verify', async () => {
  const path = place();
  const writer = await SpoolWriter.open(path, { ...OPTIONS, segmentBytes: 12_000 });
  const row = rowsTo(writer);
  for (const id of range(0, 40)) {
    row(id, 500);
    if (id % 10 === 9) await writer.idle();
  }
  await writer.finish();
  const survey = await readSpool(path);
  expect(findingsOf(survey)).toEqual([]);
  const { name, of } = { name: 'connection', of: survey.resident };
  expect(of.of(name)).toEqual({ records: 20, units: 20 });
  const text = spoolText(survey, Date.now(), 80);
  expect(text).toContain('40 records spooled: 40 wait (20 connection, 20 dns)');
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(80);
  expect(JSON.parse(spoolJson(survey))).toMatchObject({ format: 1, next: 41, resident: { dns: [20, 40] } });
  const file = survey.segments[1]!.file;
  const bytes = readFileSync(join(path, file));
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(join(path, file), bytes);
  const { first, last } = survey.segments[1]!;
  expect(findingsOf(await readSpool(path))).toEqual([
    `records ${first} to ${last} are lost: ${file} is damaged, or one before it is gone`,
  ]);
});
