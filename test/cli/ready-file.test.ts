import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ReadyFile } from '../../src/cli/ready-file.js';
import { temporaryFolder } from '../recording/helpers.js';

test('it holds the process id while there is something to be ready for, and no more than itself is left in the folder', async () => {
  const folder = temporaryFolder();
  const ready = new ReadyFile(join(folder, 'ready'));
  await ready.clear();
  expect(readdirSync(folder)).toEqual([]);
  await ready.create();
  expect(readdirSync(folder)).toEqual(['ready']);
  expect(readFileSync(join(folder, 'ready'), 'utf8')).toBe(`${process.pid}\n`);
  await ready.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test('what a killed run left behind is replaced', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'ready');
  writeFileSync(path, '4194304\n');
  // A run of this very process id that was killed between writing and naming it.
  writeFileSync(`${path}.${process.pid}`, '');
  const ready = new ReadyFile(path);
  await ready.clear();
  expect(existsSync(path)).toBe(false);
  await ready.create();
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
});

describe('what has the name and is no ready file is not touched', () => {
  test.each(['text', 'link', 'fifo', 'directory', 'huge'])('%s', async (kind) => {
    const folder = temporaryFolder();
    const path = join(folder, 'ready');
    writeFileSync(join(folder, 'other'), '1\n');
    if (kind === 'text') writeFileSync(path, 'mine');
    else if (kind === 'link') symlinkSync('other', path);
    else if (kind === 'fifo') execFileSync('mkfifo', [path]);
    else if (kind === 'directory') mkdirSync(path);
    else {
      writeFileSync(path, '');
      // More than a process can hold: it is not read whole to see that.
      truncateSync(path, 2 ** 40);
    }
    await expect(new ReadyFile(path).clear()).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_EXISTS' });
    expect(readdirSync(folder).sort()).toEqual(['other', 'ready']);
  });

  test('nor one that got the name meanwhile', async () => {
    const path = join(temporaryFolder(), 'ready');
    const ready = new ReadyFile(path);
    await ready.clear();
    writeFileSync(path, 'mine');
    await expect(ready.create()).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
    await ready.remove();
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });
});

test('another run that replaced it keeps its own', async () => {
  const path = join(temporaryFolder(), 'ready');
  const first = new ReadyFile(path);
  await first.clear();
  await first.create();
  const second = new ReadyFile(path);
  await second.clear();
  await second.create();
  await first.remove();
  expect(existsSync(path)).toBe(true);
  await second.remove();
  expect(existsSync(path)).toBe(false);
});

test('a folder that is renamed or replaced does not lead it elsewhere', async () => {
  const folder = temporaryFolder();
  for (const name of ['run', 'trap']) mkdirSync(join(folder, name));
  const ready = new ReadyFile(join(folder, 'run/ready'));
  await ready.clear();
  renameSync(join(folder, 'run'), join(folder, 'kept'));
  symlinkSync('trap', join(folder, 'run'));
  await ready.create();
  expect([readdirSync(join(folder, 'trap')), readdirSync(join(folder, 'kept'))]).toEqual([[], ['ready']]);
  writeFileSync(join(folder, 'trap/ready'), 'not ours');
  await ready.remove();
  expect([readdirSync(join(folder, 'trap')), readdirSync(join(folder, 'kept'))]).toEqual([['ready'], []]);
});

test('a folder that is not there is told at once, not when tracing is ready', async () => {
  const folder = join(temporaryFolder(), 'run');
  await expect(new ReadyFile(join(folder, 'ready')).clear()).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
  mkdirSync(folder);
  const ready = new ReadyFile(join(folder, 'ready'));
  await ready.clear();
  rmSync(folder, { recursive: true });
  await expect(ready.create()).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_MOVED' });
  await ready.remove();
});
