import { ConntrailError } from '../errors.js';
import { VERSION } from '../version.js';
import { SPOOL_FORMAT } from './format-number.js';
import { NAMES, readWhole, type SpoolFiles } from './spool-files.js';

const MAX_BYTES = 1 << 16;

/** The format number of a spool; null when nothing says it, or what does is damaged. */
export async function readFormat(files: SpoolFiles): Promise<number | null> {
  const bytes = await readWhole(files, NAMES.format, MAX_BYTES);
  if (bytes === null) return null;
  try {
    const { format } = JSON.parse(new TextDecoder().decode(bytes)) as { format?: unknown };
    return Number.isSafeInteger(format) && (format as number) >= 1 ? (format as number) : null;
  } catch {
    return null;
  }
}

/** @throws ConntrailError CONNTRAIL_VERSION when a later build wrote it: nothing in it is touched then. */
export function refuseNewer(path: string, format: number | null): void {
  if (format === null || format <= SPOOL_FORMAT) return;
  const sentence = `${path} has spool format ${format}, this conntrail knows ${SPOOL_FORMAT} and earlier; use the version that wrote it, or a new directory`;
  throw new ConntrailError('CONNTRAIL_VERSION', sentence);
}

/** Makes the format this build's: from now on it writes what earlier ones cannot read. */
export async function writeFormat(files: SpoolFiles): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify({ format: SPOOL_FORMAT, conntrail: VERSION })}\n`);
  const file = (await files.open(NAMES.newFormat, 'write')) ?? (await files.create(NAMES.newFormat));
  try {
    await file.truncate(0);
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(NAMES.newFormat, NAMES.format);
  await files.sync();
}
