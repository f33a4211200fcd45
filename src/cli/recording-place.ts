import { isAbsolute, relative, sep } from 'node:path';
import { ConntrailError } from '../errors.js';

/**
 * A directory of `--to` holds nothing but what it wrote itself, or the next run would refuse it.
 * @throws ConntrailError CONNTRAIL_OPTION when the recording would lie in it
 */
export function checkRecordingPlace(record: string | undefined, to: string | undefined): void {
  if (record === undefined || to === undefined) return;
  const path = relative(to, record);
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return;
  throw new ConntrailError(
    'CONNTRAIL_OPTION',
    `--record ${record} lies in the directory of --to; give it another place.`,
  );
}
