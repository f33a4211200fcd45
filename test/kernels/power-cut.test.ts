/**
 * A power cut the moment after conntrail has ended: what it said is written is there, with its name. FAT is the honest one: it keeps for a
 * synced file no name of a folder above it, as journals do by the way.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExpectStatic, test } from 'vitest';
import type { VerifyReport } from '../../src/verify/report.js';
import { CHECKOUT, COMMAND, inFolder } from '../live/support/checkout.js';
import { lacksCommand, need } from '../support/require.js';
import { lacksVm, runGuest } from './guest.js';

const RECORDING = `${CHECKOUT}test/recordings/sample.ctr`;
/** Any kernel does: nothing is traced. */
const KERNEL = '6.12';
const DISK_BYTES = 32 << 20;
/** ms: four boots, in turn where there is one at a time. */
const TIMEOUT = 3600_000;
/** What vm/run exits with when the guest ended by itself: as it does when its power is cut. */
const DIED = 126;

const lack = lacksVm();

/** Records by type that a replay to standard output writes, where no power is cut. */
function whole(expect: ExpectStatic): object {
  const { status, stdout } = spawnSync(COMMAND, ['replay', RECORDING, '-o', 'ndjson'], { encoding: 'utf8' });
  expect(status).toBe(0);
  const count = (record: string) =>
    stdout.split('\n').filter((line) => line.startsWith(`{"record":"${record}"`)).length;
  return { types: { connection: { records: count('connection') } }, ledgers: count('ledger') };
}

test.concurrent.for([
  ['vfat', ['mkfs.vfat']],
  ['ext4', ['mkfs.ext4', '-q', '-F']],
] as const)('%s', { timeout: TIMEOUT }, async ([type, [mkfs, ...options]], context) => {
  need(context, 'kernels', lack ?? lacksCommand(mkfs));
  const { expect } = context;
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
    const guest = ['-t', '900', '-M', `loop nls_cp437 nls_ascii nls_utf8 ${type}`];
    const inGuest = (what: string) =>
      runGuest(context, KERNEL, guest, ['power-cut', what, COMMAND, type, RECORDING], out);
    const cut = await inGuest('write');
    expect(cut.status, cut.log).toBe(DIED);
    expect(existsSync(join(out, 'status')) && readFileSync(join(out, 'status'), 'utf8'), cut.log).toBe('0\n');
    const checked = await inGuest('check');
    expect(checked.status, checked.log).toBe(0);
    expect(readFileSync(join(out, 'verify-errors'), 'utf8')).toBe('');
    const report = JSON.parse(readFileSync(join(out, 'verified.json'), 'utf8')) as VerifyReport;
    expect(report).toMatchObject({ ...whole(expect), faults: [] });
  });
});
