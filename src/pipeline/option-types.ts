import { z } from 'zod';

/**
 * A whole number within bounds; whoever gives another is told both.
 * @param unit what it is a number of; a name, as that of a port, is a number of nothing
 */
export function whole(least: number, most: number, unit = '') {
  const error = `must be a whole number${unit === '' ? '' : ` of ${unit}`} from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
}
