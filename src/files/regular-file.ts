import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { ConntrailError, codeOf } from '../errors.js';

/** O_NONBLOCK: what stands in place of the file that was looked at is not waited for; reading a file does not care. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a file for reading, and nothing but a file: a pipe would be waited for, perhaps for ever, and a device may do anything.
 *
 * @param follow whether `path` may be a link
 * @throws ConntrailError CONNTRAIL_IO when it is not a regular file or cannot be opened
 */
export async function openRegularFile(path: string, follow = false): Promise<FileHandle> {
  let file: FileHandle;
  try {
    refuse(path, await (follow ? stat(path) : lstat(path)));
    file = await open(path, FLAGS | (follow ? 0 : constants.O_NOFOLLOW));
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    refuse(path, await file.stat());
    return file;
  } catch (cause) {
    await file.close();
    throw unreadable(path, cause);
  }
}

/**
 * The bytes of a regular file in chunks; the file is closed when they end or nobody wants more.
 *
 * @throws ConntrailError CONNTRAIL_IO
 */
export async function* readRegularFile(
  path: string,
  { follow = false, chunkBytes = 1 << 16 } = {},
): AsyncGenerator<Buffer, void, undefined> {
  const file = await openRegularFile(path, follow);
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** What stands there, for sentences: 'a pipe'. */
export function kindOf(
  found: Pick<Stats, 'isFIFO' | 'isSocket' | 'isDirectory' | 'isSymbolicLink' | 'isFile'>,
): string {
  if (found.isFile()) return 'a file';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  if (found.isDirectory()) return 'a directory';
  return found.isSymbolicLink() ? 'a link' : 'a device';
}

/** CONNTRAIL_IO for whatever a read failed with. */
export function unreadable(path: string, cause: unknown): ConntrailError {
  if (cause instanceof ConntrailError) return cause;
  const code = codeOf(cause);
  return new ConntrailError('CONNTRAIL_IO', `cannot read ${path} (${code}); check the path and its permissions`, {
    cause,
  });
}

function refuse(path: string, found: Stats): void {
  if (found.isFile()) return;
  const sentence = `cannot read ${path}: it is ${kindOf(found)}, not a file; store what it gives in a file first`;
  throw new ConntrailError('CONNTRAIL_IO', sentence);
}
