import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, sep } from 'node:path';
import { ConntrailError } from '../errors.js';
import { destinationsOf } from './destinations.js';

/**
 * A directory of `--to` holds nothing but what it wrote itself, or the next run would refuse it.
 *
 * @throws ConntrailError CONNTRAIL_OPTION when it would
 */
export function checkPlaces(options: {
  to?: readonly string[];
  record?: string;
  readyFile?: string;
  spool?: string;
}): void {
  const { directory } = destinationsOf(options.to);
  checkPlace('--record', options.record, directory);
  checkPlace('--ready-file', options.readyFile, directory);
  checkPlace('--spool', options.spool, directory);
}

/** As `checkPlaces`, of one of them. */
export function checkPlace(option: string, path: string | undefined, to: string | undefined): void {
  if (path === undefined || to === undefined) return;
  if (!liesIn(path, to) && !liesIn(real(dirname(path)), real(to))) return;
  throw new ConntrailError(
    'CONNTRAIL_OPTION',
    `${option} ${path} lies in the directory of --to; give it another place.`,
  );
}

/** Whether it is the directory or below it. */
function liesIn(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Where a path leads, links followed; itself when it leads nowhere yet. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
