/** What is wrong with options, said as the rest of the house says it: what would be right, not what a schema expected. */
import type { z } from 'zod';

/** Kinds of values, as who writes them knows them. */
const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};
/** What a value has so and so many of. */
const UNITS: Readonly<Record<string, string>> = { array: 'entries', string: 'characters' };

/** For `safeParse`: words of what has none of its own in its schema. */
export const faultWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return bound('least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('most', issue.maximum, issue.origin);
    case 'unrecognized_keys':
      return `unknown: ${issue.keys.join(', ')}`;
    default:
      return 'is not valid';
  }
};

/** Every option that cannot be, and why, for a sentence. */
export function faultsOf({ issues }: z.ZodError): string {
  const faults = issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown option ${issue.keys.map((key) => [...issue.path, key].join('.')).join(', ')}`
      : `${issue.path.join('.') || 'options'}: ${issue.message}`,
  );
  return faults.join('; ');
}

function bound(which: 'least' | 'most', limit: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined ? `must be at ${which} ${limit}` : `must have at ${which} ${limit} ${unit}`;
}
