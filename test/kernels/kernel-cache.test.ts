/** Where kernels come from: boots that begin beside each other on a machine that has none yet. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inFolder } from '../live/support/checkout.js';
import { need } from '../support/require.js';
import { lacksVm } from './guest.js';

const RUN = fileURLToPath(new URL('vm/run', import.meta.url));

test('all of them find the kernels of the mirror', async (context) => {
  need(context, 'kernels', lacksVm());
  await inFolder(async (folder) => {
    const env = { ...process.env, VM_CACHE: join(folder, 'cache') };
    const list = () => promisify(execFile)(RUN, ['--list'], { env });
    const [first, ...others] = await Promise.all([list(), list(), list()]);
    expect(first.stdout).toMatch(/^6\.12 6\.12\..*-cloud-/m);
    for (const { stdout, stderr } of others) expect({ stdout, stderr }).toEqual(first);
  });
});
