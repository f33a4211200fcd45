import { ContainerReader } from '../../encoding/container-reader.js';
import type { OutputDirectory } from '../../files/output-directory.js';
import { openRegularFile, readRegularFile, unreadable } from '../../files/regular-file.js';
import { CHECKSUM_SUFFIX, type FileName, parseFileName } from './file-name.js';
import { type EarlierRun, KEYS, parsePrevious, type SeenFile } from './run-links.js';

/** More than two lines of a checksum file. */
const TAIL_BYTES = 64;

/**
 * Most first files of a run that are looked at, the newest ones. Every run names the ones that nobody named before, so that only runs
 * that were begun after the latest one looked can be without a name.
 */
const FIRST_FILES = 256;

interface Found extends FileName {
  name: string;
}

/**
 * The runs of a directory that none of its other runs names as an earlier one: usually the latest. Files that cannot be read name
 * nothing; what is wrong with them is the business of `verify`.
 *
 * @throws ConntrailError CONNTRAIL_IO when the directory itself cannot be read
 */
export async function findEarlierRuns(directory: OutputDirectory): Promise<EarlierRun[]> {
  const files: Found[] = [];
  const names = await directory.list().catch((cause: unknown) => {
    throw unreadable(directory.path, cause);
  });
  for (const name of names) {
    const parts = parseFileName(name);
    if (parts !== null) files.push({ ...parts, name });
  }
  // Names of a series sort by time; the last file of a run is found soonest from the end.
  files.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.sequence - a.sequence));
  const headers = new HeaderCache(directory);
  const heads = new Map<string, EarlierRun>();
  const named = new Set<string>();
  let begun = '9';
  for (const { name, time } of files.filter(({ sequence }) => sequence === 1).slice(0, FIRST_FILES)) {
    const { run, previous } = await headers.read(name);
    begun = time;
    if (run !== '') heads.set(run, { run, last: {} });
    for (const earlier of previous) named.add(earlier);
  }
  for (const run of named) heads.delete(run);
  const since = files.filter(({ time }) => time >= begun);
  await findLast(directory, since, headers, heads);
  return [...heads.values()];
}

/** Fills in the last file of each series of the runs. */
async function findLast(
  directory: OutputDirectory,
  files: readonly Found[],
  headers: HeaderCache,
  heads: ReadonlyMap<string, EarlierRun>,
): Promise<void> {
  const series = new Set(files.map(({ record }) => record));
  let open = heads.size * series.size;
  for (const { name, record, sequence } of files) {
    if (open === 0) return;
    const head = heads.get((await headers.read(name)).run);
    if (head === undefined || head.last[record] !== undefined) continue;
    head.last[record] = { sequence, ...(await lastChecksum(directory.at(name))) };
    open--;
  }
}

interface Header {
  run: string;
  previous: string[];
}

class HeaderCache {
  readonly #known = new Map<string, Header>();

  constructor(readonly directory: OutputDirectory) {}

  async read(name: string): Promise<Header> {
    const known = this.#known.get(name) ?? (await readHeader(this.directory.at(name)).catch(() => NO_HEADER));
    this.#known.set(name, known);
    return known;
  }
}

const NO_HEADER: Header = { run: '', previous: [] };

async function readHeader(path: string): Promise<Header> {
  const chunks = readRegularFile(path, { chunkBytes: 1 << 14 });
  try {
    const { metadata } = (await ContainerReader.open(chunks, path)).header;
    const text = (key: string): string => new TextDecoder().decode(metadata.get(key));
    return { run: text(KEYS.run), previous: (parsePrevious(text(KEYS.previous)) ?? []).map(({ run }) => run) };
  } finally {
    await chunks.return();
  }
}

/** The last whole line of the file's checksums; of no byte when there is none. */
async function lastChecksum(path: string): Promise<Omit<SeenFile, 'sequence'>> {
  const none = { bytes: 0, crc32: '00000000' };
  try {
    const file = await openRegularFile(path + CHECKSUM_SUFFIX);
    try {
      const { size } = await file.stat();
      const at = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, at);
      const line = buffer.toString('latin1', 0, bytesRead).split('\n').at(-2);
      const match = /^([0-9a-f]{8}) (\d{1,15})$/.exec(line ?? '');
      return match === null ? none : { bytes: Number(match[2]), crc32: match[1]! };
    } finally {
      await file.close();
    }
  } catch {
    return none;
  }
}
