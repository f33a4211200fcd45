import { readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Appender } from '../../src/files/appender.js';
import { createOutputFile } from '../../src/files/output-file.js';
import { temporaryFolder } from '../recording/helpers.js';
import { onSmallDisk } from '../support/small-disk.js';

test('chunks stand in the file in order, whole, and are settled in order', async () => {
  const path = join(temporaryFolder(), 'a');
  const appender = new Appender(await createOutputFile(path));
  const settled: number[] = [];
  for (let i = 0; i < 100; i++) appender.append(new Uint8Array(i).fill(i), () => settled.push(i));
  expect(appender.backlog).toBe(4950);
  await appender.idle();
  expect(appender.backlog).toBe(0);
  expect(settled).toEqual(Array.from({ length: 100 }, (_, i) => i));
  await appender.finish();
  const expected = Buffer.concat(Array.from({ length: 100 }, (_, i) => Buffer.alloc(i, i)));
  expect(readFileSync(path).equals(expected)).toBe(true);
});

test('what was cancelled is not written; what is being written is', async () => {
  const path = join(temporaryFolder(), 'a');
  const appender = new Appender(await createOutputFile(path));
  const settled: string[] = [];
  for (const name of ['first', 'second', 'third']) appender.append(Buffer.from(name), () => settled.push(name));
  appender.cancel();
  await appender.close();
  expect([settled, readFileSync(path, 'utf8'), appender.backlog]).toEqual([['first'], 'first', 0]);
});

test('what is finished was synced; that it could not be is told, and the file is closed', async () => {
  const file = await createOutputFile(join(temporaryFolder(), 'a'));
  const calls: string[] = [];
  const handle = {
    fd: file.fd,
    sync: async () => {
      calls.push('sync');
      throw Object.assign(new Error('a disk that cannot keep what it took'), { code: 'EIO' });
    },
    close: async () => {
      calls.push('close');
      await file.close();
    },
  };
  const appender = new Appender(handle as unknown as FileHandle);
  appender.append(Buffer.from('x'), () => calls.push('settled'));
  await expect(appender.finish()).rejects.toMatchObject({ code: 'EIO' });
  expect(calls).toEqual(['settled', 'sync', 'close']);
});

test('a short write is cut off again, and later chunks follow the last whole one', async (context) => {
  await onSmallDisk(context, join(temporaryFolder(), 'small'), 64, async (mount) => {
    const path = join(mount, 'a');
    const appender = new Appender(await createOutputFile(path));
    const outcomes: (string | undefined)[] = [];
    // 40000 fit; another 40000 fit only in part; 10000 fit again.
    for (const [i, size] of [40_000, 40_000, 10_000].entries()) {
      appender.append(new Uint8Array(size).fill(i + 1), (error) => outcomes.push(error?.code));
    }
    await appender.close();
    expect(outcomes).toEqual([undefined, 'ENOSPC', undefined]);
    const bytes = readFileSync(path);
    expect([bytes.byteLength, appender.size, bytes[39_999], bytes[40_000]]).toEqual([50_000, 50_000, 1, 3]);
  });
});
