import { lstat, mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConntrailError } from '../errors.js';
import { OutputDirectory, withoutSlashes } from './output-directory.js';

/**
 * Opens a directory, made when it is not there, whose path does not end in a link.
 *
 * @throws ConntrailError CONNTRAIL_OUTPUT_FOREIGN when it is a link; what opening and making throw
 */
export async function openOrMakeDirectory(path: string, mode: number): Promise<OutputDirectory> {
  try {
    return await OutputDirectory.open(path, false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return make(path, mode);
    if (!(await isLink(path))) throw error;
    const sentence = `${path} is a link, and output follows none; name the directory itself`;
    throw new ConntrailError('CONNTRAIL_OUTPUT_FOREIGN', sentence);
  }
}

/** Whether root may write into what belongs to this user: root's own, or that of whoever called sudo. */
export function isRootsOrCallers(uid: bigint): boolean {
  const text = process.env.SUDO_UID ?? '';
  return uid === 0n || (/^\d{1,10}$/.test(text) && uid === BigInt(text));
}

/** Made and opened in a parent that is held, and its name synced there: what is in it is found after a power cut only if it is itself. */
async function make(path: string, mode: number): Promise<OutputDirectory> {
  const parent = await OutputDirectory.open(dirname(path), true);
  try {
    await mkdir(parent.at(basename(path)), { mode }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await parent.sync();
  } finally {
    await parent.close();
  }
  return OutputDirectory.open(path, false);
}

/** What `OutputDirectory` tells of a link: a directory it is not. */
async function isLink(path: string): Promise<boolean> {
  return (await lstat(withoutSlashes(path))).isSymbolicLink();
}
