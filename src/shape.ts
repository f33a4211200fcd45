import { z } from 'zod';

/** What a member of an object must be, by its dotted path. */
export type Members = Readonly<Record<string, 'function' | 'number' | 'string'>>;

/**
 * An object that a program passes in, with the members that conntrail uses; whatever else it has is its own. It is passed on as it is: a copy
 * would lose getters and prototypes. Each member that is not right is told by its path.
 */
export function shape<T>(members: Members) {
  return z.custom<T>().superRefine((value, context) => {
    if (typeof value !== 'object' || value === null) {
      context.addIssue({ code: 'custom', message: 'must be an object' });
      return;
    }
    for (const [path, type] of Object.entries(members)) {
      const names = path.split('.');
      const found = typeof read(value, names);
      if (found !== type) context.addIssue({ code: 'custom', path: names, message: `must be a ${type}` });
    }
  });
}

/** undefined also where a getter throws. */
function read(value: object, names: readonly string[]): unknown {
  let at: unknown = value;
  try {
    for (const name of names) at = (at as Record<string, unknown>)[name];
    return at;
  } catch {
    return undefined;
  }
}
