/**
 * A power cut the moment after conntrail has ended: what it said is written is there, with its name. FAT is the honest one: it keeps for a
 * synced file no name of a folder above it, as journals do by the way.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { VerifyReport } from '../../src/verify/report.js';
import { CHECKOUT, COMMAND, inFolder } from '../live/support/checkout.js';
import { lacksCommand, need } from '../support/require.js';
import { lacksVm } from './guest.js';

const RUN = fileURLToPath(new URL('vm/run', import.meta.url));
const GUEST = fileURLToPath(new URL('guest/power-cut', import.meta.url));
const RECORDING = `${CHECKOUT}test/recordings/sample.ctr`;
/** Any kernel does: nothing is traced. */
const KERNEL = '6.12';
const DISK_BYTES = 32 << 20;
/** What vm/run exits with when it cannot be done here, and when the guest ended by itself: as it does when its power is cut. */
const CANNOT = 77;
const DIED = 126;

const lack = lacksVm();

/** Records by type that a replay to standard output writes, where no power is cut. */
function whole(): object {
  const { status, stdout } = spawnSync(COMMAND, ['replay', RECORDING, '-o', 'ndjson'], { encoding: 'utf8' });
  expect(status).toBe(0);
  const count = (record: string) =>
    stdout.split('\n').filter((line) => line.startsWith(`{"record":"${record}"`)).length;
  return { types: { connection: { records: count('connection') } }, ledgers: count('ledger') };
}

test.for([
  ['vfat', ['mkfs.vfat']],
  ['ext4', ['mkfs.ext4', '-q', '-F']],
] as const)('%s', async ([type, [mkfs, ...options]], context) => {
  need(context, 'kernels', lack ?? lacksCommand(mkfs));
  await inFolder(async (folder) => {
    const out = join(folder, 'out');
    const disk = join(out, 'disk.img');
    mkdirSync(out);
    writeFileSync(disk, '');
    truncateSync(disk, DISK_BYTES);
    const made = spawnSync(mkfs, [...options, disk], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    expect(made.status, String(made.stderr)).toBe(0);
    const inGuest = (what: string) => {
      const guest = ['-t', '300', '-M', `loop nls_cp437 nls_ascii nls_utf8 ${type}`, '-o', out, KERNEL, '--'];
      const { status, stdout, stderr } = spawnSync(RUN, [...guest, GUEST, what, COMMAND, type, RECORDING], {
        cwd: CHECKOUT,
        encoding: 'utf8',
      });
      if (status === CANNOT) need(context, 'kernels', stdout + stderr);
      return { status, log: stdout + stderr };
    };
    const cut = inGuest('write');
    expect(cut.status, cut.log).toBe(DIED);
    expect(existsSync(join(out, 'status')) && readFileSync(join(out, 'status'), 'utf8'), cut.log).toBe('0\n');
    const checked = inGuest('check');
    expect(checked.status, checked.log).toBe(0);
    expect(readFileSync(join(out, 'verify-errors'), 'utf8')).toBe('');
    const report = JSON.parse(readFileSync(join(out, 'verified.json'), 'utf8')) as VerifyReport;
    expect(report).toMatchObject({ ...whole(), faults: [] });
  });
});
