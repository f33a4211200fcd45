import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { CHECKSUM_SUFFIX } from '../../sinks/directory/file-name.js';

/** One line of a checksum file: the CRC-32 of the first `end` bytes. */
interface Checksum {
  crc: number;
  end: number;
}

/** What comparing a file with its checksums gave. */
export interface ChecksumResult {
  /** Whether there were any. */
  found: boolean;
  /** Whether a line does not hold, is not a line, or covers more than there is. */
  fault: string | null;
  /** Bytes behind the last checksum. */
  uncovered: number;
}

/**
 * The bytes of `path`, compared on their way with the running checksums beside it. `result` is final when the bytes have ended.
 * Reading errors are thrown as they are.
 */
export async function* checkedChunks(
  path: string,
  result: ChecksumResult,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sums = await readChecksums(path, result);
  let at = 0;
  let crc = 0;
  let next = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let sum = sums[next]; sum !== undefined && sum.end <= at + chunk.byteLength; sum = sums[++next]) {
      crc = crc32(chunk.subarray(from, sum.end - at), crc);
      from = sum.end - at;
      if (crc !== sum.crc) result.fault ??= `the checksum of its first ${sum.end} bytes does not hold`;
    }
    crc = crc32(chunk.subarray(from), crc);
    at += chunk.byteLength;
    yield chunk;
  }
  const missing = sums[next];
  if (missing !== undefined) result.fault ??= `it ends at byte ${at}, its checksums go on to byte ${sums.at(-1)!.end}`;
  result.uncovered = at - (sums[next - 1]?.end ?? 0);
}

/** The whole lines of the checksum file; a last one without its end of line was being written and is left out. */
async function readChecksums(path: string, result: ChecksumResult): Promise<Checksum[]> {
  let text: string;
  try {
    text = await readFile(path + CHECKSUM_SUFFIX, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
  result.found = true;
  const sums: Checksum[] = [];
  let last = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const match = /^([0-9a-f]{8}) (\d{1,15})$/.exec(line);
    const end = Number(match?.[2]);
    if (match === null || end <= last) {
      result.fault ??= `line ${sums.length + 1} of its checksum file is no checksum`;
      break;
    }
    sums.push({ crc: Number.parseInt(match[1]!, 16), end });
    last = end;
  }
  return sums;
}
