import { type Checkpoint, firstCheckpoint } from './checkpoint.js';
import { CheckpointFile } from './checkpoint-file.js';
import { readFormat, refuseNewer, writeFormat } from './format-file.js';
import { SPOOL_FORMAT } from './format-number.js';
import { clearNames, quarantine } from './quarantine.js';
import { MAX_SEGMENT_BYTES, SEGMENT_HEAD_BYTES, type SegmentHead } from './segment-format.js';
import { wholeEnd } from './segment-scan.js';
import { readHead, segmentStart } from './segment-start.js';
import { listSegments, NAMES, readWhole, type SpoolFiles, segmentName, segmentNumber } from './spool-files.js';
import { encodeWatermark, openWatermark, readWatermark, type Watermark } from './watermark.js';

/** A spool that is in order. */
export interface Recovered {
  checkpoint: Checkpoint;
  /** Number of the next segment and seq of the next record. */
  segment: number;
  next: number;
  /** Each segment that is left: its bytes, and when its youngest record was handed over, ms since 1970. */
  segments: Map<number, { bytes: number; youngest: number }>;
}

interface Left {
  number: number;
  bytes: number;
  head: SegmentHead | null;
}

/**
 * Puts a spool in order, for whoever holds its writer lock. Never fails for what it finds, but for a newer format, which it does not touch.
 * Only the last segment is read as a whole: those before it were synced before it was begun.
 *
 * @throws ConntrailError CONNTRAIL_VERSION; what the disk throws
 */
export async function recoverSpool(files: SpoolFiles): Promise<Recovered> {
  const format = await readFormat(files);
  refuseNewer(files.path, format);
  await clearNames(files);
  let left: Left[] = [];
  for (const { number, bytes } of await listSegments(files)) {
    const head = await readHead(files, number);
    refuseNewer(files.path, head?.format ?? null);
    left.push({ number, bytes, head });
  }
  if (format !== SPOOL_FORMAT) await writeFormat(files);
  const watermark = await readWatermark(files);
  const highest = Math.max(0, watermark?.segment ?? 0, ...(await namesOf(files)));
  left = await withoutUnreadable(files, left);
  const tail = await settleTail(files, left);
  const checkpoint = await settleCheckpoint(files, left, tail, watermark);
  const next = Math.max(tail.next, watermark?.next ?? 1, checkpoint.lowest);
  const mark: Watermark = { segment: left.at(-1)?.number ?? highest, offset: left.at(-1)?.bytes ?? 0, next };
  const file = await openWatermark(files, mark);
  await file.write(encodeWatermark(mark), 0).finally(() => file.close());
  return {
    checkpoint,
    segment: Math.max(highest, checkpoint.segment) + 1,
    next,
    // What is in a segment is older than the next one.
    segments: new Map(
      left.map(({ number, bytes }, i) => [number, { bytes, youngest: left[i + 1]?.head?.begun ?? tail.time }]),
    ),
  };
}

/** Numbers that something has the name of, whatever it is, or what was put aside. */
async function namesOf(files: SpoolFiles): Promise<number[]> {
  const aside = await files.list(NAMES.quarantine).catch(() => []);
  return [...(await files.list()), ...aside].map(({ name }) => segmentNumber(name.replace(/\.\d+$/, '')) ?? 0);
}

/** Segments whose head is damaged are worth something only when there is a block in them. */
async function withoutUnreadable(files: SpoolFiles, all: readonly Left[]): Promise<Left[]> {
  const left: Left[] = [];
  for (const segment of all) {
    if (segment.head !== null || (await hasBlocks(files, segment))) left.push(segment);
    else await putAside(files, segment);
  }
  return left;
}

async function hasBlocks(files: SpoolFiles, { number }: Left): Promise<boolean> {
  const bytes = await readWhole(files, segmentName(number), MAX_SEGMENT_BYTES);
  return bytes !== null && wholeEnd(bytes, 0, number) !== null;
}

/** What is too short to hold a record held none; the rest is kept for whoever wants to look at it. */
async function putAside(files: SpoolFiles, { number, bytes }: Left): Promise<void> {
  const name = segmentName(number);
  if (bytes <= SEGMENT_HEAD_BYTES) await files.remove(name);
  else await quarantine(files, name);
}

/**
 * Cuts the last segment behind its last whole block, and syncs it: what a killed process wrote and did not sync is whole from now on, and may be
 * promised. One without a block is removed, and the one before it is the last one. Numbers that were given are not given again.
 */
async function settleTail(files: SpoolFiles, left: Left[]): Promise<{ next: number; time: number }> {
  let given = 1;
  for (let last = left.at(-1); last !== undefined; last = left.at(-1)) {
    const bytes = await readWhole(files, segmentName(last.number), MAX_SEGMENT_BYTES);
    const from = bytes === null ? 0 : segmentStart(bytes, last.number).blocks;
    const whole = bytes === null ? null : wholeEnd(bytes, from, last.number);
    given = Math.max(given, last.head?.first ?? 1);
    if (bytes !== null && whole !== null) {
      await cut(files, last, bytes.length, whole.end);
      return { next: Math.max(given, whole.next), time: whole.time };
    }
    left.pop();
    if (last.head !== null && bytes !== null && bytes.length <= from) await files.remove(segmentName(last.number));
    else await putAside(files, last);
  }
  return { next: given, time: Date.now() };
}

async function cut(files: SpoolFiles, last: Left, size: number, end: number): Promise<void> {
  const file = await files.open(segmentName(last.number), 'write');
  if (file === null) return;
  try {
    if (end < size) await file.truncate(end);
    await file.sync();
    await files.sync();
    last.bytes = end;
  } finally {
    await file.close();
  }
}

/** Loads the checkpoint, or begins it anew, and removes what is settled. */
async function settleCheckpoint(
  files: SpoolFiles,
  left: Left[],
  tail: { next: number },
  watermark: Watermark | null,
): Promise<Checkpoint> {
  const gone: Left[] = [];
  const settle = (found: Checkpoint | null): Checkpoint | null => {
    const first = left[0]?.head?.first ?? (left.length > 0 ? 1 : Math.max(tail.next, watermark?.next ?? 1));
    const base = found ?? firstCheckpoint(first);
    // A segment ends where the next one begins.
    for (; left.length > 0; gone.push(left.shift()!)) {
      const end = left.length === 1 ? tail.next : left[1]!.head?.first;
      if (end === undefined || end > base.lowest) break;
    }
    if (found !== null && gone.length === 0) return null;
    return { ...base, segment: Math.max(base.segment, gone.at(-1)?.number ?? 0) };
  };
  const remove = async (): Promise<void> => {
    for (const { number } of gone) await files.remove(segmentName(number));
  };
  return (await new CheckpointFile(files).update(settle, remove))!;
}
