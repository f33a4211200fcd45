import { z } from 'zod';
import type { RawBlock } from '../../encoding/container-writer.js';
import { readAvroString } from '../../encoding/string-input.js';
import { VERSION } from '../../version.js';

/** What one file of a series began with when somebody looked: the CRC-32 of its first `bytes` bytes, eight digits. */
const seenFile = z.strictObject({
  sequence: z.number().int().positive(),
  bytes: z.number().int().nonnegative(),
  crc32: z.string().regex(/^[0-9a-f]{8}$/),
});
export type SeenFile = z.infer<typeof seenFile>;

/** A run that was in the directory before this one, with the last file of each of its series. */
const earlierRun = z.strictObject({ run: z.string().min(1), last: z.record(z.string(), seenFile) });
export type EarlierRun = z.infer<typeof earlierRun>;

/** Entries of the header of a container file, beside those of Avro. */
export const KEYS = {
  version: 'conntrail.version',
  /** Name of the file. */
  name: 'conntrail.name',
  run: 'conntrail.run',
  sequence: 'conntrail.sequence',
  host: 'conntrail.host',
  bootId: 'conntrail.boot_id',
  /** The file before it in its series; absent in the first one. */
  before: 'conntrail.before',
  /** The runs before its own. */
  previous: 'conntrail.previous',
  /** Whether the run has a series of output records: true or false. */
  accounts: 'conntrail.accounts',
} as const;

/**
 * What ties the files of a run together, and the run to those before it in the directory: each header says how the file before it in its
 * series ended, and how far every earlier run had come that no other one names. So a file or a run that is missing is missed, as is one
 * that was altered together with its checksums, unless nothing came after it.
 */
export class RunLinks {
  readonly #run: string;
  readonly #previous: string;
  readonly #accounts: boolean;
  readonly #last = new Map<string, SeenFile>();

  /** @param accounts whether there is a series of output records */
  constructor(run: string, earlier: readonly EarlierRun[], accounts: boolean) {
    this.#run = run;
    this.#accounts = accounts;
    this.#previous = JSON.stringify(earlier);
  }

  /** A file of the series was finished. */
  finished(series: string, file: SeenFile): void {
    this.#last.set(series, file);
  }

  /** Header entries of a file whose first block this is: its records begin with host and boot id. */
  metadata(series: string, sequence: number, { bytes, start }: RawBlock): Record<string, string> {
    const host = readAvroString(bytes, start);
    const before = this.#last.get(series);
    return {
      [KEYS.version]: VERSION,
      [KEYS.run]: this.#run,
      [KEYS.sequence]: String(sequence),
      [KEYS.host]: host.text,
      [KEYS.bootId]: readAvroString(bytes, host.end).text,
      ...(before === undefined ? {} : { [KEYS.before]: JSON.stringify(before) }),
      [KEYS.previous]: this.#previous,
      [KEYS.accounts]: String(this.#accounts),
    };
  }
}

/** The text of an entry `before`, or null when it is none. */
export function parseBefore(text: string): SeenFile | null {
  return parse(seenFile, text);
}

/** The text of an entry `previous`, or null when it is none. */
export function parsePrevious(text: string): EarlierRun[] | null {
  return parse(z.array(earlierRun), text);
}

function parse<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
