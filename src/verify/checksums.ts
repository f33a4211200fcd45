import { crc32 } from 'node:zlib';
import { readRegularFile } from '../files/regular-file.js';
import { CHECKSUM_SUFFIX } from '../sinks/directory/file-name.js';

/** What the first `end` bytes of a file must sum up to, and what to say when they do not. */
export interface Checkpoint {
  crc: number;
  end: number;
  fault: string;
}

/** Longest line of a checksum file, and some. */
const MAX_LINE_BYTES = 32;

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
  const own = new Queue(ownCheckpoints(path, result));
  const others = new Queue([...told].sort((a, b) => a.end - b.end));
  let at = 0;
  let crc = 0;
  let covered = 0;
  try {
    await own.shift();
    await others.shift();
    for await (const chunk of readRegularFile(path, { follow })) {
      let from = 0;
      for (;;) {
        const queue = own.end <= others.end ? own : others;
        if (queue.head === null || queue.end > at + chunk.byteLength) break;
        crc = crc32(chunk.subarray(from, queue.end - at), crc);
        from = queue.end - at;
        if (crc !== queue.head.crc) result.fault ??= queue.head.fault;
        if (queue === own) covered = own.end;
        await queue.shift();
      }
      crc = crc32(chunk.subarray(from), crc);
      at += chunk.byteLength;
      yield chunk;
    }
    const left = own.head ?? others.head;
    if (left !== null) result.fault ??= `it ends at byte ${at}, its checksums go on to byte ${left.end}`;
    result.uncovered = at - covered;
  } finally {
    await own.close();
  }
}

/** Checkpoints in order, one at a time. */
class Queue {
  readonly #source: Iterator<Checkpoint> | AsyncIterator<Checkpoint>;
  head: Checkpoint | null = null;

  constructor(source: Iterable<Checkpoint> | AsyncIterable<Checkpoint>) {
    this.#source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** Where the first one stands; beyond everything when there is none. */
  get end(): number {
    return this.head?.end ?? Number.POSITIVE_INFINITY;
  }

  async shift(): Promise<void> {
    const next = await this.#source.next();
    this.head = next.done ? null : next.value;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** The lines of the checksum file, as far as they are such. */
async function* ownCheckpoints(path: string, result: ChecksumResult): AsyncGenerator<Checkpoint, void, undefined> {
  let rest = '';
  let number = 0;
  let last = 0;
  result.found = true;
  for await (const chunk of checksumBytes(path + CHECKSUM_SUFFIX, result)) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE_BYTES) lines.push(rest);
    for (const line of lines) {
      number++;
      const match = /^([0-9a-f]{8}) ([1-9]\d{0,14})$/.exec(line);
      const end = Number(match?.[2]);
      if (match === null || end <= last) {
        result.fault ??= `line ${number} of its checksum file is no checksum`;
        return;
      }
      last = end;
      yield { crc: Number.parseInt(match[1]!, 16), end, fault: `the checksum of its first ${end} bytes does not hold` };
    }
  }
  // A killed writer leaves half a line, and then bytes without a checksum too; but none of its own making is left.
  if (rest !== '') result.fault ??= 'its checksum file ends within a line';
}

/** Nothing when it is not there, or no file: that was told where the directory was listed. */
async function* checksumBytes(path: string, result: ChecksumResult): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* readRegularFile(path);
  } catch (error) {
    const { cause } = error as Error;
    if (cause !== undefined && (cause as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    result.found = false;
  }
}
