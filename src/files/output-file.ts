import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ConntrailError } from '../errors.js';

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const MODE = 0o640;

/**
 * Creates a file that did not exist. Never follows a link and never opens what is already there, so that nobody who may write to the
 * folder can lead the output elsewhere.
 *
 * @param shown how a message names it
 * @param mode 0640 unless said otherwise
 * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS when something has that name, CONNTRAIL_IO otherwise.
 */
export async function createOutputFile(path: string, shown: string = path, mode = MODE): Promise<FileHandle> {
  try {
    return await open(path, FLAGS, mode);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' || code === 'ELOOP') {
      throw new ConntrailError(
        'CONNTRAIL_OUTPUT_EXISTS',
        `${shown} already exists and output never overwrites; name a new file or remove the old one`,
        { cause },
      );
    }
    throw new ConntrailError(
      'CONNTRAIL_IO',
      `cannot create ${shown} (${code ?? String(cause)}); choose a writable place`,
      { cause },
    );
  }
}
