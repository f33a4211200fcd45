import { randomBytes } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { ConntrailError } from '../../errors.js';
import type { NamePrivacy } from '../message/name-table.js';
import type { DnsOptions } from '../options.js';
import { KEY_BYTES, keyedHash } from './keyed-hash.js';

/** Bytes of a key that a run draws for itself. */
const DRAWN_BYTES = 32;
/** Most bytes of a key: what stands behind in its file is not looked at. */
const MOST_BYTES = 4096;

/**
 * What is shown in the place of names; undefined: themselves.
 * @param replayed whether it is of a recording, which names the file of the key and does not hold it
 * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OPTION for the key's file
 */
export async function namePrivacy(
  { names, hashKeyFile }: Pick<DnsOptions, 'names' | 'hashKeyFile'>,
  replayed: boolean,
): Promise<NamePrivacy | undefined> {
  switch (names) {
    case 'full':
      return undefined;
    case 'domain':
      return (await import('./registrable-domain.js')).registrableDomain;
    case 'hash':
      return keyedHash(hashKeyFile === undefined ? randomBytes(DRAWN_BYTES) : await readKey(hashKeyFile, replayed));
  }
}

async function readKey(path: string, replayed: boolean): Promise<Uint8Array> {
  let key: Uint8Array;
  try {
    // A pipe is not waited for: it is empty.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { buffer, bytesRead } = await file.read(new Uint8Array(MOST_BYTES));
    key = buffer.subarray(0, bytesRead);
  } catch (cause) {
    const { message } = cause as Error;
    const what = `The key of dns.hashKeyFile cannot be read: ${message}`;
    // Hashes by another key would look like those of the run, and agree with none of them.
    const sentence = replayed
      ? `${what}; the recording does not hold it: put the key there, and the hashes are the same.`
      : `${what}.`;
    throw new ConntrailError('CONNTRAIL_IO', sentence, { cause });
  }
  if (key.length >= KEY_BYTES) return key;
  const sentence = `The key in ${path} has ${key.length} bytes; give one of ${KEY_BYTES} or more, as \`head -c 32 /dev/urandom\` makes it.`;
  throw new ConntrailError('CONNTRAIL_OPTION', sentence);
}
