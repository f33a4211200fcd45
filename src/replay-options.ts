import { z } from 'zod';
import { ConntrailError } from './errors.js';
import { filterSchema } from './filters/filter-schema.js';
import type { Client } from './pipeline/client.js';

const object = (value: unknown): boolean => typeof value === 'object' && value !== null;
const writes = (client: unknown): boolean =>
  object(client) &&
  ['connection', 'ledger', 'push'].every(
    (name) =>
      typeof ((client as Client).writer as unknown as Record<string, unknown> | undefined)?.[name] === 'function',
  );

const schema = z.strictObject({
  clients: z.array(z.custom<Client>(writes, 'must have a writer: { connection, ledger, push, backlog }')).default([]),
  filter: filterSchema.nullable().optional(),
  pace: z.enum(['fast', 'original']).default('fast'),
  signal: z.instanceof(AbortSignal).optional(),
});

/**
 * What `openReplay` takes; everything has a default.
 *
 * - `clients`: sinks that take every record, beside `connections()` and `connections$`. With clients the replay begins by itself.
 * - `filter`: which connections leave; null: all; by default those that the filters in the recording's header let through.
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
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown option ${issue.keys.join(', ')}`
      : `${issue.path.join('.') || 'options'}: ${issue.message}`,
  );
  throw new ConntrailError('CONNTRAIL_OPTION', `Correct these replay options: ${faults.join('; ')}.`, {
    cause: result.error,
  });
}
