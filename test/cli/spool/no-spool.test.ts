/** A directory in which nothing of a spool is, or only the rest of one. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { drainSpool } from '../../../src/cli/spool/drain-spool.js';
import { listSpool } from '../../../src/cli/spool/list-spool.js';
import { SpoolWriter } from '../../../src/spool/spool-writer.js';
import { temporaryFolder } from '../../recording/helpers.js';

const NONE = { code: 'CONNTRAIL_IO', message: expect.stringMatching(/^there is no spool in .*; name the directory/) };

function folderOf(folder: string): string {
  const directory = join(folder, 'spool');
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

test('the wrong directory is told, and left as it is', async () => {
  const folder = temporaryFolder();
  const directory = folderOf(folder);
  writeFileSync(join(directory, 'notes.txt'), 'not ours');
  const config = join(folder, 'kafka.json');
  writeFileSync(config, JSON.stringify({ registry: { url: 'http://127.0.0.1:9/' } }));
  chmodSync(config, 0o600);
  await expect(listSpool(directory, 'text')).rejects.toMatchObject(NONE);
  const drained = drainSpool(directory, { to: 'kafka://127.0.0.1:9/x', kafkaConfig: config });
  await expect(drained).rejects.toMatchObject(NONE);
  expect(readdirSync(directory)).toEqual(['notes.txt']);
});

test('an empty spool is one', async () => {
  const directory = folderOf(temporaryFolder());
  const writer = await SpoolWriter.open(directory, { policy: 'oldest', size: 1 << 30, age: Number.POSITIVE_INFINITY });
  await writer.finish();
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await listSpool(directory, 'text')).toBe(0);
    expect(printed.mock.calls.join('')).toContain('0 records spooled: 0 wait');
  } finally {
    printed.mockRestore();
  }
});
