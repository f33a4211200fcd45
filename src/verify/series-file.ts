import { join } from 'node:path';
import { type ContainerHeader, ContainerReader } from '../encoding/container-reader.js';
import { readRegularFile } from '../files/regular-file.js';
import { type FileName, parseFileName } from '../sinks/directory/file-name.js';
import { type EarlierRun, KEYS, parseBefore, parsePrevious, type SeenFile } from '../sinks/directory/run-links.js';
import type { Checkpoint } from './checksums.js';
import { decoderOf } from './container-records.js';

/** A header fits at once, usually. */
const HEADER_CHUNK_BYTES = 1 << 14;

/** One file of a directory by its header, which was compared with its name. */
export interface SeriesFile {
  path: string;
  name: string;
  record: string;
  sequence: number;
  run: string;
  host: string;
  bootId: string;
  before: SeenFile | null;
  previous: readonly EarlierRun[];
  /** Whether its run has a series of output records. */
  accounts: boolean;
  /** What other files say of it; grows as they are looked at. */
  told: Checkpoint[];
}

/**
 * Reads the header of `name` and compares it with the name.
 *
 * @returns null when the header is none of conntrail's; `fault` was told
 * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_FORMAT, CONNTRAIL_DAMAGED, CONNTRAIL_CUT_SHORT
 */
export async function openSeriesFile(
  directory: string,
  name: string,
  fault: (text: string) => void,
): Promise<SeriesFile | null> {
  const path = join(directory, name);
  const { record, sequence } = parseFileName(name) as FileName;
  const { schema, metadata } = await readHeader(path, name);
  const missing = [KEYS.name, KEYS.run, KEYS.sequence, KEYS.host, KEYS.bootId, KEYS.previous, KEYS.accounts].find(
    (key) => !metadata.has(key),
  );
  if (missing !== undefined) {
    fault(`the header of ${name} lacks ${missing}: conntrail did not write it into a directory`);
    return null;
  }
  const text = (key: string): string => new TextDecoder().decode(metadata.get(key));
  const holds = decoderOf(schema, name).record;
  const named = text(KEYS.name);
  if (named !== name) fault(`${name} was written as ${JSON.stringify(named)}`);
  if (holds !== record) fault(`${name} holds ${holds ?? 'all kinds of'} records`);
  if (text(KEYS.sequence) !== String(sequence)) fault(`${name} is number ${text(KEYS.sequence)} of its series`);
  const previous = parsePrevious(text(KEYS.previous));
  const before = metadata.has(KEYS.before) ? parseBefore(text(KEYS.before)) : null;
  if (previous === null || (metadata.has(KEYS.before) && before === null)) {
    fault(`the header of ${name} is damaged: what it says of other files cannot be read`);
    return null;
  }
  const entry = { path, name, record, sequence, run: text(KEYS.run), before, previous, told: [] };
  return { ...entry, host: text(KEYS.host), bootId: text(KEYS.bootId), accounts: text(KEYS.accounts) === 'true' };
}

/** Opened again when the records are read: a directory may hold more files than may be open at a time. */
async function readHeader(path: string, name: string): Promise<ContainerHeader> {
  const chunks = readRegularFile(path, { chunkBytes: HEADER_CHUNK_BYTES });
  try {
    return (await ContainerReader.open(chunks, name)).header;
  } finally {
    await chunks.return();
  }
}
