import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { access, lstat, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryFiles } from '../../spool/directory-files.js';
import { NAMES } from '../../spool/spool-files.js';

/** Most bytes of a spool in memory. */
export const MEMORY_SPOOL_BYTES = 64 << 20;
const MEMORY = '/dev/shm';
const NAME = /^conntrail-(\d{1,10})-[0-9a-f]{16}$/;

/** Where a spool may lie that is to end with its run: in memory, else among the temporary files. */
async function folder(): Promise<string> {
  const usable = await access(MEMORY, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return usable ? MEMORY : tmpdir();
}

/** A place for a spool of this process alone: nothing is there yet. What dead processes of ours left is removed first. */
export async function memorySpoolPath(within?: string): Promise<string> {
  const base = within ?? (await folder());
  await removeLeftovers(base);
  return join(base, `conntrail-${process.pid}-${randomBytes(8).toString('hex')}`);
}

/** Removes such a spool, at once: nobody needs it any more, whoever still writes to it. */
export function removeMemorySpool(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

async function removeLeftovers(base: string): Promise<void> {
  for (const name of await readdir(base).catch(() => [])) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const path = join(base, name);
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Ours, and held by nobody: a process of another pid namespace, or a sender that has not ended yet, holds a lock. */
async function isAbandoned(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found === null || !found.isDirectory() || found.uid !== process.geteuid?.()) return false;
  const files = await DirectoryFiles.open(path, false).catch(() => null);
  if (files === null) return false;
  try {
    for (const name of [NAMES.writerLock, NAMES.readerLock]) {
      const lock = await files.lock(name);
      if (lock === null) return false;
      await lock.release();
    }
    return true;
  } catch {
    return false;
  } finally {
    await files.close();
  }
}
