import { ConntrailError } from '../errors.js';
import { waitForLock } from './checkpoint-file.js';
import { readFormat, refuseNewer } from './format-file.js';
import { clearNames } from './quarantine.js';
import { type Recovered, recoverSpool } from './recovery.js';
import { NAMES, type SpoolFiles, type SpoolLock } from './spool-files.js';

/** How long whoever reads may hold the writer's lock: it puts the spool in order when nobody writes, ms. */
const RECOVERY_PATIENCE_MS = 5_000;

/** A spool that nobody else writes to. */
export interface WritableSpool {
  lock: SpoolLock;
  recovered: Recovered;
}

/**
 * Takes the writer's lock and puts the spool in order.
 *
 * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS when another process writes to it, CONNTRAIL_VERSION, CONNTRAIL_IO
 */
export async function openForWriting(files: SpoolFiles): Promise<WritableSpool> {
  return tellIo(files, async () => {
    refuseNewer(files.path, await readFormat(files));
    await clearNames(files);
    const lock = await waitForLock(files, NAMES.writerLock, RECOVERY_PATIENCE_MS);
    if (lock === null)
      throw taken(`${files.path} is written to by another process; use a directory of its own for each`);
    return recovered(files, lock);
  });
}

/**
 * Takes the reader's lock; puts the spool in order when nobody writes to it.
 *
 * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS when another process reads it, CONNTRAIL_VERSION, CONNTRAIL_IO
 */
export async function openForReading(files: SpoolFiles): Promise<SpoolLock> {
  return tellIo(files, async () => {
    refuseNewer(files.path, await readFormat(files));
    await clearNames(files);
    const reader = await files.lock(NAMES.readerLock);
    if (reader === null) throw taken(`${files.path} is read by another process already; one sender has one spool`);
    try {
      const writer = await files.lock(NAMES.writerLock);
      if (writer !== null) await (await recovered(files, writer)).lock.release();
      return reader;
    } catch (error) {
      await reader.release();
      throw error;
    }
  });
}

async function recovered(files: SpoolFiles, lock: SpoolLock): Promise<WritableSpool> {
  try {
    return { lock, recovered: await recoverSpool(files) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function taken(sentence: string): ConntrailError {
  return new ConntrailError('CONNTRAIL_OUTPUT_EXISTS', sentence);
}

/** What the disk refuses while a spool is opened, as CONNTRAIL_IO. */
export async function tellIo<T>({ path }: SpoolFiles, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof ConntrailError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    // What is not the disk's is a defect, and is seen as one.
    if (code === undefined) throw cause;
    throw new ConntrailError('CONNTRAIL_IO', `cannot use the spool ${path} (${code}); see to its disk`, { cause });
  }
}
