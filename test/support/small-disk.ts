import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { need } from './require.js';

/**
 * Calls `body` with a folder on a file system of `kib` KiB, and a function that makes it larger. Skips the test where mounting is not
 * allowed.
 */
export async function onSmallDisk(
  context: TestContext,
  folder: string,
  kib: number,
  body: (mount: string, grow: (kib: number) => void) => Promise<void>,
): Promise<void> {
  need(context, 'live', process.getuid?.() === 0 ? null : 'mounting a small file system needs root');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0750`, 'tmpfs', folder]);
  try {
    await body(folder, (size) => execFileSync('mount', ['-o', `remount,size=${size}k`, folder]));
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
}
