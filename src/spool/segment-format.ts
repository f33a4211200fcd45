/** How a segment begins and what its blocks look like; `docs/spool.md` is the specification. */
import { crc32c } from './crc32c.js';
import { SPOOL_FORMAT } from './format-number.js';
import { getU64, putU64, viewOf } from './little-endian.js';

/** First eight bytes: a byte no text has, the name, and line ends and a ^Z that a text-mode copy would spoil. */
const MAGIC = Uint8Array.of(0x89, 0x43, 0x53, 0x50, 0x0d, 0x0a, 0x1a, 0x0a);
export const SEGMENT_HEAD_BYTES = 48;
export const BLOCK_HEAD_BYTES = 48;
/** In front of each record: u8 type, u24 bytes, u32 units. */
export const RECORD_HEAD_BYTES = 8;
/** Bounds, checked before anything is allocated. */
export const MAX_TYPES_BYTES = 1 << 20;
export const MAX_BLOCK_BYTES = 1 << 24;
/** A file that is larger is none of ours: a segment ends at a few MiB. */
export const MAX_SEGMENT_BYTES = 1 << 27;
/** Nobody writes so many segments: a file that says so is none of ours. */
export const MAX_SEGMENT_NUMBER = 1e15;

export const BLOCK_MARK = 0x4b425343; // "CSBK"

export interface SegmentHead {
  format: number;
  number: number;
  /** seq of its first record. */
  first: number;
  /** When it was begun, ms since 1970. */
  begun: number;
  typesBytes: number;
  typesCrc: number;
}

export interface BlockHead {
  /** Bytes of the records. */
  length: number;
  count: number;
  typesCrc: number;
  /** seq of the first record. */
  first: number;
  /** When it was handed over, ms since 1970. */
  time: number;
  segment: number;
}

/** Head and types of a segment. */
export function encodeSegmentStart(
  { number, first, begun }: Pick<SegmentHead, 'number' | 'first' | 'begun'>,
  types: { bytes: Uint8Array; crc: number },
): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEAD_BYTES + types.bytes.length);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint32(8, SPOOL_FORMAT, true);
  view.setUint32(12, types.bytes.length, true);
  putU64(view, 16, number);
  putU64(view, 24, first);
  putU64(view, 32, begun);
  view.setUint32(40, types.crc, true);
  view.setUint32(44, crc32c(bytes, 0, 44), true);
  bytes.set(types.bytes, SEGMENT_HEAD_BYTES);
  return bytes;
}

/** The head that a segment begins with; null when these bytes are none. */
export function decodeSegmentHead(bytes: Uint8Array): SegmentHead | null {
  if (bytes.length < SEGMENT_HEAD_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return null;
  const view = viewOf(bytes);
  if (view.getUint32(44, true) !== crc32c(bytes, 0, 44)) return null;
  const number = getU64(view, 16);
  const first = getU64(view, 24);
  const begun = getU64(view, 32);
  const typesBytes = view.getUint32(12, true);
  if (number === null || first === null || first < 1 || begun === null || typesBytes > MAX_TYPES_BYTES) return null;
  return { format: view.getUint32(8, true), number, first, begun, typesBytes, typesCrc: view.getUint32(40, true) };
}

/** Fills in the head of a block whose records stand behind it up to `end`. */
export function sealBlock(bytes: Uint8Array, end: number, head: Omit<BlockHead, 'length'>): void {
  const view = viewOf(bytes);
  view.setUint32(0, BLOCK_MARK, true);
  view.setUint32(4, end - BLOCK_HEAD_BYTES, true);
  view.setUint32(8, head.count, true);
  view.setUint32(12, head.typesCrc, true);
  putU64(view, 16, head.first);
  putU64(view, 24, head.time);
  putU64(view, 32, head.segment);
  view.setUint32(40, crc32c(bytes, BLOCK_HEAD_BYTES, end), true);
  view.setUint32(44, crc32c(bytes, 0, 44), true);
}

/** The head of a block at `at` of this segment; null when there is none. */
export function decodeBlockHead(bytes: Uint8Array, at: number, end: number, segment: number): BlockHead | null {
  if (at + BLOCK_HEAD_BYTES > end) return null;
  const view = viewOf(bytes);
  if (view.getUint32(at, true) !== BLOCK_MARK) return null;
  if (view.getUint32(at + 44, true) !== crc32c(bytes, at, at + 44)) return null;
  const length = view.getUint32(at + 4, true);
  const count = view.getUint32(at + 8, true);
  const first = getU64(view, at + 16);
  const time = getU64(view, at + 24);
  if (length > MAX_BLOCK_BYTES || count < 1 || count * RECORD_HEAD_BYTES > length) return null;
  if (first === null || first < 1 || !Number.isSafeInteger(first + count) || time === null) return null;
  if (getU64(view, at + 32) !== segment) return null;
  return { length, count, typesCrc: view.getUint32(at + 12, true), first, time, segment };
}

/** Whether the records behind the head at `at` are what was written. */
export function recordsHold(bytes: Uint8Array, at: number, { length }: BlockHead): boolean {
  const from = at + BLOCK_HEAD_BYTES;
  return viewOf(bytes).getUint32(at + 40, true) === crc32c(bytes, from, from + length);
}
