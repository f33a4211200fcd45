import { z } from 'zod';
import { whole } from '../../pipeline/option-types.js';

/** Which queries have a record of their own; part of the options of the feature. Statistics and names are of all. */
export const SELECTION_OPTIONS = {
  failures: z
    .boolean()
    .default(false)
    .describe('only queries that failed are recorded: another code than NOERROR, or no answer'),
  slow: whole(0, 600_000, 'ms')
    .default(0)
    .describe('only queries are recorded that took so many ms at least, or had no answer'),
  domains: z
    .array(z.string().min(1).max(1016))
    .max(64)
    .default([])
    .describe('only questions of these names are recorded, as *.example.org; with ! in front: all but these'),
  pids: z
    .array(whole(1, 0xffff_ffff))
    .max(64)
    .default([])
    .describe('only queries of these processes are recorded, by id'),
};

export type SelectionOptions = {
  readonly [name in keyof typeof SELECTION_OPTIONS]: z.output<(typeof SELECTION_OPTIONS)[name]>;
};
