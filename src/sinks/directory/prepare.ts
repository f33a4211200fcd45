import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { ConntrailError, codeOf } from '../../errors.js';
import { isRootsOrCallers, openOrMakeDirectory } from '../../files/made-directory.js';
import type { OutputDirectory } from '../../files/output-directory.js';
import { CHECKSUM_SUFFIX, parseFileName } from './file-name.js';

const MODE = 0o750;
const OTHERS_WRITE = 0o022n;
const STICKY = 0o1000n;
/** What a file system puts there by itself. */
const TOLERATED = new Set(['lost+found']);

/**
 * Opens the output directory, made when it is not there, and refuses one in which output would not be safe or not ours. Everything is
 * asked of the directory that is held from then on, not of what its path leads to a moment later.
 *
 * @throws ConntrailError CONNTRAIL_IO when it cannot be made or written to; CONNTRAIL_OUTPUT_FOREIGN when it is a link, others may write
 *   to it, it is another user's (for root), or it holds something that conntrail did not put there.
 */
export async function prepareDirectory(path: string): Promise<OutputDirectory> {
  try {
    const directory = await openOrMakeDirectory(path, MODE);
    try {
      await refuseUnsafe(directory);
      for (const name of await directory.list()) await refuseForeign(directory, name);
      await access(directory.at('.'), constants.W_OK | constants.X_OK);
      return directory;
    } catch (error) {
      await directory.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof ConntrailError) throw cause;
    throw new ConntrailError(
      'CONNTRAIL_IO',
      `cannot write to the directory ${path} (${codeOf(cause)}); choose a writable one`,
      { cause },
    );
  }
}

/** Who may rename or remove what is in a directory can lead later files, and whoever reads them, elsewhere. */
async function refuseUnsafe(directory: OutputDirectory): Promise<void> {
  const { uid, mode } = await directory.stat();
  const { path } = directory;
  if ((mode & OTHERS_WRITE) !== 0n && (mode & STICKY) === 0n) {
    throw foreign(`others may write to ${path}; use a directory of your own (chmod go-w)`);
  }
  if (process.geteuid?.() !== 0 || isRootsOrCallers(uid)) return;
  throw foreign(`${path} belongs to user ${uid}; as root, use a directory of root's or of the user who called sudo`);
}

/** Hidden files are left alone; everything else is either a file of an earlier run or a sign that the path was not meant. */
async function refuseForeign(directory: OutputDirectory, name: string): Promise<void> {
  if (name.startsWith('.') || TOLERATED.has(name)) return;
  const container = name.endsWith(CHECKSUM_SUFFIX) ? name.slice(0, -CHECKSUM_SUFFIX.length) : name;
  if (parseFileName(container) !== null) {
    const found = await directory.lookup(name);
    if (found === null || found.isFile()) return;
  }
  throw foreign(
    `${directory.path} holds ${JSON.stringify(name)}, which conntrail did not write; use an empty directory`,
  );
}

function foreign(sentence: string): ConntrailError {
  return new ConntrailError('CONNTRAIL_OUTPUT_FOREIGN', sentence);
}
