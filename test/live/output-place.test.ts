/** Whoever moves, replaces or removes what a run writes to, while it runs: told within an interval or two, once, and in the exit status. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { Observer, run } from './support/observe.js';

const TOLD = /\[CONNTRAIL_OUTPUT_MOVED\]$/;
const OPTIONS = ['--interval', '200ms', '--rotate-size', '1KiB'];

/** Removes `folder` although the run puts the next file into it meanwhile: what came between the listing and rmdir(2) makes that ENOTEMPTY. */
function remove(folder: string): void {
  while (existsSync(folder)) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

test.for([
  {
    name: 'a renamed directory',
    act: (folder: string) => renameSync(join(folder, 'out'), join(folder, 'kept')),
    holds: 'kept',
  },
  {
    name: 'a directory that a link replaced',
    act: (folder: string) => {
      renameSync(join(folder, 'out'), join(folder, 'kept'));
      mkdirSync(join(folder, 'trap'));
      symlinkSync('trap', join(folder, 'out'));
    },
    holds: 'kept',
  },
  {
    name: 'a removed directory',
    act: (folder: string) => remove(join(folder, 'out')),
    holds: null,
  },
])('$name', async ({ act, holds }, context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--to', join(folder, 'out'), ...OPTIONS);
    while (readdirSync(join(folder, 'out')).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    act(folder);
    await observer.tells(TOLD);
    // Some intervals, and so some files, after that.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(1);
    const told = errors.split('\n').filter((line) => TOLD.test(line));
    expect(told.filter((line) => !line.includes('.avro'))).toHaveLength(1);
    // A file may be found missing before its directory is.
    expect(told.length, errors).toBeLessThanOrEqual(2);
    if (existsSync(join(folder, 'trap'))) expect(readdirSync(join(folder, 'trap'))).toEqual([]);
    if (holds === null) {
      expect(existsSync(join(folder, 'out'))).toBe(false);
    } else {
      const verified = await run('verify', join(folder, holds));
      expect(verified.status, verified.errors).toBe(0);
    }
  });
});

test('the folder of a recording is renamed: the recording is whole where that is now', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'sub'));
    const observer = await Observer.start(folder, '--record', join(folder, 'sub/a.ctr'), '--interval', '200ms');
    renameSync(join(folder, 'sub'), join(folder, 'kept'));
    await observer.tells(TOLD);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(1);
    expect(errors.split('\n').filter((line) => TOLD.test(line))).toHaveLength(1);
    const verified = await run('verify', join(folder, 'kept/a.ctr'));
    expect(verified.status, verified.errors).toBe(0);
  });
});
