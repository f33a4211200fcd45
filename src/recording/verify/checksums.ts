import { crc32 } from 'node:zlib';
import { readRegularFile } from '../../files/regular-file.js';
import { CHECKSUM_SUFFIX } from '../../sinks/directory/file-name.js';

/** What the first `end` bytes of a file must sum up to, and what to say when they do not. */
export interface Checkpoint {
  crc: number;
  end: number;
  fault: string;
}

/** What comparing a file with its checksums gave. */
export interface ChecksumResult {
  /** Whether it has a checksum file. */
  found: boolean;
  /** The first thing that does not hold. */
  fault: string | null;
  /** Bytes behind the last line of the checksum file. */
  uncovered: number;
}

/**
 * The bytes of `path`, compared on their way with the running checksums beside it and with what other files say of it. `result` is final
 * when the bytes have ended.
 *
 * @param follow whether `path` may be a link
 * @throws ConntrailError CONNTRAIL_IO
 */
export async function* checkedChunks(
  path: string,
  result: ChecksumResult,
  told: readonly Checkpoint[],
  follow: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const own = await readChecksums(path, result);
  const checkpoints = [...own, ...told].sort((a, b) => a.end - b.end);
  let at = 0;
  let crc = 0;
  let next = 0;
  for await (const chunk of readRegularFile(path, { follow })) {
    let from = 0;
    for (let point = checkpoints[next]; point !== undefined && point.end <= at + chunk.byteLength; ) {
      crc = crc32(chunk.subarray(from, point.end - at), crc);
      from = point.end - at;
      if (crc !== point.crc) result.fault ??= point.fault;
      point = checkpoints[++next];
    }
    crc = crc32(chunk.subarray(from), crc);
    at += chunk.byteLength;
    yield chunk;
  }
  if (checkpoints.length > next) {
    result.fault ??= `it ends at byte ${at}, its checksums go on to byte ${checkpoints.at(-1)!.end}`;
  }
  result.uncovered = Math.max(0, at - (own.at(-1)?.end ?? 0));
}

/** The lines of the checksum file. */
async function readChecksums(path: string, result: ChecksumResult): Promise<Checkpoint[]> {
  const text = await readText(path + CHECKSUM_SUFFIX);
  if (text === null) return [];
  result.found = true;
  const lines = text.split('\n');
  // A killed writer leaves half a line, and then bytes without a checksum too; but none of its own making is left.
  if (lines.pop() !== '') result.fault ??= 'its checksum file ends within a line';
  const sums: Checkpoint[] = [];
  let last = 0;
  for (const line of lines) {
    const match = /^([0-9a-f]{8}) ([1-9]\d{0,14})$/.exec(line);
    const end = Number(match?.[2]);
    if (match === null || end <= last) {
      result.fault ??= `line ${sums.length + 1} of its checksum file is no checksum`;
      break;
    }
    const fault = `the checksum of its first ${end} bytes does not hold`;
    sums.push({ crc: Number.parseInt(match[1]!, 16), end, fault });
    last = end;
  }
  return sums;
}

/** All of it, or null when it is not there, or no file: that was told where the directory was listed. */
async function readText(path: string): Promise<string | null> {
  const parts: Buffer[] = [];
  try {
    for await (const part of readRegularFile(path)) parts.push(part);
  } catch (error) {
    const { cause } = error as Error;
    if (cause === undefined || (cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return Buffer.concat(parts).toString('latin1');
}
