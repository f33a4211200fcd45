import { ConntrailError } from '../../errors.js';
import { DirectoryFiles } from '../../spool/directory-files.js';
import { type SpoolSurvey, surveySpool } from '../../spool/survey.js';

/**
 * Refuses a directory in which nothing of a spool is: the wrong one was named, and sending would make one and wait for it.
 *
 * @throws ConntrailError CONNTRAIL_IO
 */
export function refuseNoSpool(path: string, { format, checkpoint, segments }: SpoolSurvey): void {
  if (format !== null || checkpoint !== null || segments.length > 0) return;
  throw new ConntrailError('CONNTRAIL_IO', `there is no spool in ${path}; name the directory that --spool named`);
}

/** What is in a spool. Changes nothing, takes no lock. @throws ConntrailError */
export async function readSpool(path: string): Promise<SpoolSurvey> {
  const files = await DirectoryFiles.open(path, false);
  try {
    return await surveySpool(files);
  } finally {
    await files.close();
  }
}

/** The survey as JSON: maps as objects, times as numbers of ms since 1970. */
export function spoolJson(survey: SpoolSurvey): string {
  const plain = (_: string, value: unknown): unknown => (value instanceof Map ? Object.fromEntries(value) : value);
  return `${JSON.stringify(survey, plain, 2)}\n`;
}
