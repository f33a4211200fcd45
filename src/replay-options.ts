import { z } from 'zod';
import { checkedOptions, clientSchema } from './checked-options.js';
import { filterSchema } from './filters/filter-schema.js';
import { MAX_CLIENTS } from './pipeline/client.js';

const schema = z.strictObject({
  clients: z.array(clientSchema).max(MAX_CLIENTS, `must be at most ${MAX_CLIENTS}`).default([]),
  filter: filterSchema.nullable().optional(),
  features: z.array(z.string()).default([]),
  pace: z.enum(['fast', 'original']).default('fast'),
  signal: z.instanceof(AbortSignal).optional(),
});

/**
 * What `openReplay` takes; everything has a default.
 *
 * - `clients`: sinks that take every record, beside `connections()` and `connections$`. With clients the replay begins by itself.
 * - `filter`: which connections leave; null: all; by default those that the filters in the recording's header let through.
 * - `features`: names of features that are on beside those that were when it was recorded; of them there are no records.
 * - `pace`: `fast` (default), or `original`: as it went.
 * - `signal`: aborting it stops the replay as `stop()` does.
 */
export type ReplayOptions = z.input<typeof schema>;
export type ResolvedReplayOptions = z.output<typeof schema>;

/**
 * Checks options once and fills in the defaults.
 * @throws ConntrailError CONNTRAIL_OPTION, naming every option that cannot be.
 */
export function resolveReplayOptions(options: ReplayOptions): ResolvedReplayOptions {
  return checkedOptions(schema, options, 'replay');
}
