import { z } from 'zod';
import type { ConnectionFilter } from '../connections/filter.js';
import { faultWords } from '../option-faults.js';

const whole = (most: number) => {
  const error = `must be a whole number from 0 to ${most}`;
  return z.int(error).min(0, error).max(most, error);
};
const u32 = whole(0xffffffff);
const end = z.enum(['local', 'remote', 'any']);

const port = z
  .strictObject({ end, first: whole(65535), last: whole(65535) })
  .refine(({ first, last }) => first <= last, 'must not end before it begins');

const address = z
  .strictObject({ end, bytes: z.instanceof(Uint8Array), prefix: whole(128) })
  .refine(({ bytes }) => bytes.length === 4 || bytes.length === 16, 'must have 4 or 16 bytes')
  .refine(({ bytes, prefix }) => prefix <= bytes.length * 8, 'must not have a prefix longer than the address');

const pattern = z.strictObject({ end, pattern: z.string().min(1).max(1020) });

const terms = {
  pids: z.array(u32).optional(),
  processNames: z.array(z.string().min(1)).optional(),
  uids: z.array(u32).optional(),
  cgroups: z.array(whole(Number.MAX_SAFE_INTEGER)).optional(),
  netns: z.array(u32).optional(),
  ports: z.array(port).optional(),
  addresses: z.array(address).optional(),
  dnsNames: z.array(pattern).optional(),
  protocols: z.array(z.enum(['tcp', 'udp'])).optional(),
  directions: z.array(z.enum(['unknown', 'incoming', 'outgoing'])).optional(),
  states: z.array(z.enum(['open', 'closed'])).optional(),
  failures: z
    .array(z.enum(['any', 'reset', 'refused', 'timeout', 'host_unreachable', 'network_unreachable', 'other']))
    .optional(),
  minDurationUs: whole(Number.MAX_SAFE_INTEGER).optional(),
  minBytes: whole(Number.MAX_SAFE_INTEGER).optional(),
};

const schema = z.strictObject({ ...terms, not: z.strictObject(terms).optional() });

/** A filter that a program wrote: what is in it can be compared, and nothing else is in it. */
export const filterSchema = z.custom<ConnectionFilter>().superRefine((filter, context) => {
  for (const { message, path } of schema.safeParse(filter, { error: faultWords }).error?.issues ?? []) {
    context.addIssue({ code: 'custom', message, path });
  }
});
