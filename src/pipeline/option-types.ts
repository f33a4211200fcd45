import { z } from 'zod';

/** A whole number within bounds; whoever gives another is told both. */
export function whole(least: number, most: number, unit: string) {
  const error = `must be a whole number of ${unit} from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
}
