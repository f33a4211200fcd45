import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { memorySpoolPath, removeMemorySpool } from '../../../src/sinks/kafka/memory-spool.js';
import { DirectoryFiles } from '../../../src/spool/directory-files.js';
import { SpoolWriter } from '../../../src/spool/spool-writer.js';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'conntrail-memory-'));
  return () => rmSync(base, { recursive: true });
});

const OPTIONS = { policy: 'oldest', size: 1 << 20, age: Infinity } as const;
/** Of a process that is gone for sure. */
const deadPid = (): number => spawnSync('true').pid;
const name = (pid: number, digits = '0123456789abcdef') => join(base, `conntrail-${pid}-${digits}`);

async function spoolAt(path: string): Promise<string> {
  await (await SpoolWriter.open(path, OPTIONS)).finish();
  return path;
}

test('each has a place of its own, which nobody else may look into, and which goes as a whole', async () => {
  const [path, other] = [await memorySpoolPath(base), await memorySpoolPath(base)];
  expect(basename(path)).toMatch(new RegExp(`^conntrail-${process.pid}-[0-9a-f]{16}$`));
  expect(other).not.toBe(path);
  await spoolAt(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  removeMemorySpool(path);
  removeMemorySpool(path);
  expect(readdirSync(base)).toEqual([]);
});

test('what dead processes left is removed', async () => {
  const path = await spoolAt(name(deadPid()));
  await memorySpoolPath(base);
  expect(existsSync(path)).toBe(false);
});

test('what is held, of a live process, foreign or of another name stays', async () => {
  const pid = deadPid();
  const held = name(pid, 'aaaaaaaaaaaaaaaa');
  const writer = await SpoolWriter.open(held, OPTIONS);
  const sent = await spoolAt(name(pid, 'bbbbbbbbbbbbbbbb'));
  const files = await DirectoryFiles.open(sent, false);
  const lock = await files.lock('reader.lock');
  const alive = await spoolAt(name(process.pid));
  const wide = name(pid, 'cccccccccccccccc');
  mkdirSync(wide, { mode: 0o755 });
  const other = await spoolAt(join(base, `conntrail-${pid}-x`));
  const link = name(pid, 'dddddddddddddddd');
  symlinkSync(other, link);
  const all = [held, sent, alive, wide, other, link];
  await memorySpoolPath(base);
  expect(all.filter((path) => !existsSync(path))).toEqual([]);
  await writer.finish();
  await lock!.release();
  await files.close();
  await memorySpoolPath(base);
  expect(all.filter((path) => !existsSync(path))).toEqual([held, sent]);
});
