import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { ConntrailError } from '../../errors.js';

/**
 * Looks at the operator's file before it is taken for granted: later, a file that is not there says nothing.
 * @throws ConntrailError CONNTRAIL_IO when it cannot be read
 */
export async function checkHostsFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConntrailError('CONNTRAIL_IO', `The names of dns.hostsFile cannot be read: ${message}.`, { cause });
  }
}
