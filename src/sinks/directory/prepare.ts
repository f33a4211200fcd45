import { constants } from 'node:fs';
import { access, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConntrailError } from '../../errors.js';
import { CHECKSUM_SUFFIX, parseFileName } from './file-name.js';

const MODE = 0o750;
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;
/** What a file system puts there by itself. */
const TOLERATED = new Set(['lost+found']);

/**
 * Makes the output directory when it is not there, and refuses one in which output would not be safe or not ours.
 *
 * @throws ConntrailError CONNTRAIL_IO when it cannot be made or written to; CONNTRAIL_OUTPUT_FOREIGN when everybody may write to it, or
 *   it holds something that conntrail did not put there.
 */
export async function prepareDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: MODE }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const { mode } = await stat(path);
    if ((mode & WORLD_WRITABLE) !== 0 && (mode & STICKY) === 0) {
      throw new ConntrailError(
        'CONNTRAIL_OUTPUT_FOREIGN',
        `everybody may write to ${path}; use a directory of your own (chmod o-w)`,
      );
    }
    for (const name of await readdir(path)) await refuseForeign(path, name);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof ConntrailError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConntrailError('CONNTRAIL_IO', `cannot write to the directory ${path} (${code}); choose a writable one`, {
      cause,
    });
  }
}

/** Hidden files are left alone; everything else is either a file of an earlier run or a sign that the path was not meant. */
async function refuseForeign(path: string, name: string): Promise<void> {
  if (name.startsWith('.') || TOLERATED.has(name)) return;
  const container = name.endsWith(CHECKSUM_SUFFIX) ? name.slice(0, -CHECKSUM_SUFFIX.length) : name;
  if (parseFileName(container) !== null && (await lstat(join(path, name))).isFile()) return;
  const sentence = `${path} holds ${JSON.stringify(name)}, which conntrail did not write; use an empty directory`;
  throw new ConntrailError('CONNTRAIL_OUTPUT_FOREIGN', sentence);
}
