import { stat } from 'node:fs/promises';
import { CONTAINER_MAGIC } from '../encoding/container-writer.js';
import { openRegularFile, unreadable } from '../files/regular-file.js';
import { MAGIC } from '../recording/format.js';
import { emptyReport, type VerifyReport } from './report.js';
import { verifyDirectory } from './verify-directory.js';
import { verifyRecording } from './verify-recording.js';
import { verifyStream } from './verify-stream.js';

/**
 * Checks whatever conntrail wrote: a recording, an output directory, or a file with an Avro or NDJSON output.
 *
 * @throws ConntrailError CONNTRAIL_IO when the path cannot be read, or is a pipe or a device. Everything else that is wrong is in the report.
 */
export async function verify(path: string): Promise<VerifyReport> {
  const start = new Uint8Array(MAGIC.byteLength);
  try {
    if ((await stat(path)).isDirectory()) return await verifyDirectory(path);
    // A pipe would be waited for, and cannot be read twice.
    const file = await openRegularFile(path, true);
    try {
      await file.read(start, 0, start.byteLength, 0);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (begins(start, MAGIC)) return verifyRecording(path);
  if (begins(start, CONTAINER_MAGIC)) return verifyStream(path, 'avro');
  if (start[0] === 0x7b) return verifyStream(path, 'ndjson');
  const report = emptyReport(path, 'recording');
  report.faults.push('it is neither a recording nor an output of conntrail');
  return report;
}

function begins(start: Uint8Array, magic: Uint8Array): boolean {
  return magic.every((byte, i) => start[i] === byte);
}
