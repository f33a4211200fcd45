import type { z } from 'zod';
import { ConntrailError } from './errors.js';
import { faultsOf, faultWords } from './option-faults.js';
import type { Client } from './pipeline/client.js';
import { shape } from './shape.js';

/** A sink that takes every record, as the library's options have it. */
export const clientSchema = shape<Client>({
  name: 'string',
  'writer.port': 'function',
  'writer.ledger': 'function',
  'writer.push': 'function',
  'writer.backlog': 'number',
});

/**
 * Checks options once and fills in the defaults.
 *
 * @param kind whose options they are, for the sentence: `tracer`
 * @throws ConntrailError CONNTRAIL_OPTION, naming every option that cannot be.
 */
export function checkedOptions<T extends z.ZodType>(schema: T, options: z.input<T>, kind: string): z.output<T> {
  const result = schema.safeParse(options, { error: faultWords });
  if (result.success) return result.data;
  throw new ConntrailError('CONNTRAIL_OPTION', `Correct these ${kind} options: ${faultsOf(result.error)}.`, {
    cause: result.error,
  });
}
