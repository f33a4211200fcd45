import { geteuid } from 'node:process';
import { ConntrailError } from '../errors.js';
import { openRegularFile } from './regular-file.js';

/** A password, a token or a pair of them; more is a mistake in the path. */
const MAX_SECRET_BYTES = 8192;
const OTHERS = 0o077;

/**
 * The secret in a file, without the line end that editors leave: never from an argument or the environment, which others can read.
 *
 * @throws ConntrailError CONNTRAIL_IO when there is no such file; CONNTRAIL_OPTION when others may read it, it is neither this user's
 * nor root's, or it holds no secret. The message never holds a part of it.
 */
export async function readSecret(path: string): Promise<string> {
  const file = await openRegularFile(path, true);
  try {
    const { mode, uid, size } = await file.stat();
    if ((mode & OTHERS) !== 0) throw unsafe(path, 'can be read by others; run chmod 600 on it');
    if (uid !== 0 && uid !== geteuid?.())
      throw unsafe(path, 'belongs to another user; give it to the user that runs conntrail');
    if (size > MAX_SECRET_BYTES)
      throw unsafe(path, `is larger than ${MAX_SECRET_BYTES} bytes; name a file with the secret alone`);
    const bytes = Buffer.alloc(MAX_SECRET_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const secret = bytes.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
    // A line end within a header or a protocol field would begin another.
    if (!/^[^\p{Cc}]+$/u.test(secret)) throw unsafe(path, 'holds no secret, or more than one line');
    return secret;
  } finally {
    await file.close();
  }
}

const unsafe = (path: string, why: string) =>
  new ConntrailError('CONNTRAIL_OPTION', `the secret in ${path} is not used: the file ${why}`);
