import {
  decodeSegmentHead,
  MAX_SEGMENT_BYTES,
  MAX_TYPES_BYTES,
  SEGMENT_HEAD_BYTES,
  type SegmentHead,
} from './segment-format.js';
import { scanBlocks } from './segment-scan.js';
import { readWhole, type SpoolFile, type SpoolFiles, segmentName } from './spool-files.js';
import { decodeTypes, type TypeTable } from './type-table.js';

/** How a segment begins. */
export interface SegmentStart {
  /** null: damaged. */
  head: SegmentHead | null;
  /** null: damaged, or of a damaged head. */
  table: TypeTable | null;
  /** Where blocks may begin: behind the types, or behind where the head should be. */
  blocks: number;
}

/** The start of segment `number` in its bytes. A head of another number is none: the file is a copy, or has a name that is not its own. */
export function segmentStart(bytes: Uint8Array, number: number): SegmentStart {
  const head = decodeSegmentHead(bytes);
  if (head === null || head.number !== number) return { head: null, table: null, blocks: 0 };
  const blocks = SEGMENT_HEAD_BYTES + head.typesBytes;
  const table = decodeTypes(bytes.subarray(SEGMENT_HEAD_BYTES, blocks), head.typesCrc);
  return { head, table, blocks: Math.min(blocks, bytes.length) };
}

export async function readStart(file: SpoolFile, number: number): Promise<SegmentStart> {
  const head = decodeSegmentHead(await file.read(0, SEGMENT_HEAD_BYTES));
  const types = head === null ? 0 : Math.min(head.typesBytes, MAX_TYPES_BYTES);
  return segmentStart(await file.read(0, SEGMENT_HEAD_BYTES + types), number);
}

/** The head of a segment by its number; null when it is gone or damaged. */
export async function readHead(files: SpoolFiles, number: number): Promise<SegmentHead | null> {
  const file = await files.open(segmentName(number), 'read');
  if (file === null) return null;
  try {
    const head = decodeSegmentHead(await file.read(0, SEGMENT_HEAD_BYTES));
    return head?.number === number ? head : null;
  } finally {
    await file.close();
  }
}

/** seq that a segment begins with: by its head, or by its first whole block where that is damaged; null when it is gone or neither is there. */
export async function firstOf(files: SpoolFiles, number: number): Promise<number | null> {
  const head = await readHead(files, number);
  if (head !== null) return head.first;
  const bytes = await readWhole(files, segmentName(number), MAX_SEGMENT_BYTES);
  if (bytes === null) return null;
  for (const { head } of scanBlocks(bytes, 0, bytes.length, number)) if (head !== null) return head.first;
  return null;
}
