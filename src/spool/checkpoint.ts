import { crc32c } from './crc32c.js';
import { SPOOL_FORMAT } from './format-number.js';
import { getU64, putU64, viewOf } from './little-endian.js';
import { isCount, TypeCounts } from './type-counts.js';

const MARK = 0x50435343; // "CSCP"
const HEAD_BYTES = 24;
/** Both slots are of this size: none shares a block of the disk with the other. */
export const SLOT_BYTES = 1 << 15;

export const OUTCOMES = ['acked', 'dead_lettered', 'expired'] as const;
/** What becomes of a record that was read. */
export type Outcome = (typeof OUTCOMES)[number];

/** What became of all records below `lowest`, since the spool was made. */
export interface Checkpoint {
  /** Grows with each one. */
  generation: number;
  /** seq of the lowest record whose outcome is open. */
  lowest: number;
  /** Highest number of a segment that was removed. */
  segment: number;
  outcomes: Readonly<Record<Outcome, TypeCounts>>;
  /** Records that could not be read. */
  damaged: number;
  /** Records whose outcome is not known any more. */
  forgotten: number;
}

export function firstCheckpoint(lowest = 1): Checkpoint {
  return { generation: 0, lowest, segment: 0, outcomes: noOutcomes(), damaged: 0, forgotten: lowest - 1 };
}

export function noOutcomes(): Record<Outcome, TypeCounts> {
  return { acked: new TypeCounts(), dead_lettered: new TypeCounts(), expired: new TypeCounts() };
}

/** Outcomes of both. */
export function addOutcomes(a: Checkpoint['outcomes'], b: Checkpoint['outcomes']): Record<Outcome, TypeCounts> {
  const sum = noOutcomes();
  for (const outcome of OUTCOMES) {
    sum[outcome].add(a[outcome]);
    sum[outcome].add(b[outcome]);
  }
  return sum;
}

/** Records with an outcome. */
export function settledRecords(outcomes: Checkpoint['outcomes']): number {
  return OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome].records, 0);
}

/** A whole slot. */
export function encodeCheckpoint({ generation, ...rest }: Checkpoint): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(rest));
  const bytes = new Uint8Array(SLOT_BYTES);
  if (HEAD_BYTES + text.length > SLOT_BYTES)
    throw new RangeError('a checkpoint has more record types than a slot holds');
  const view = viewOf(bytes);
  view.setUint32(0, MARK, true);
  view.setUint32(4, SPOOL_FORMAT, true);
  putU64(view, 8, generation);
  view.setUint32(16, text.length, true);
  bytes.set(text, HEAD_BYTES);
  view.setUint32(20, sum(bytes, text.length), true);
  return bytes;
}

/** The checkpoint in a slot; null when there is none that is whole. */
export function decodeCheckpoint(slot: Uint8Array): Checkpoint | null {
  if (slot.length < HEAD_BYTES) return null;
  const view = viewOf(slot);
  const length = view.getUint32(16, true);
  const generation = getU64(view, 8);
  if (view.getUint32(0, true) !== MARK || generation === null || HEAD_BYTES + length > slot.length) return null;
  if (view.getUint32(20, true) !== sum(slot, length)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(slot.subarray(HEAD_BYTES, HEAD_BYTES + length));
    return parse(JSON.parse(text), generation);
  } catch {
    return null;
  }
}

function sum(slot: Uint8Array, length: number): number {
  return crc32c(slot, HEAD_BYTES, HEAD_BYTES + length, crc32c(slot, 0, 20));
}

/** Every number is looked at: the checksum says that it was written, not that it makes sense. */
function parse(json: Record<string, unknown>, generation: number): Checkpoint | null {
  const { lowest, segment, damaged, forgotten } = json;
  if (!isCount(lowest) || lowest < 1 || !isCount(segment) || !isCount(damaged) || !isCount(forgotten)) return null;
  const found = json.outcomes as Record<string, unknown> | undefined;
  const outcomes = noOutcomes();
  for (const outcome of OUTCOMES) {
    const counts = TypeCounts.parse(found?.[outcome]);
    if (counts === null) return null;
    outcomes[outcome] = counts;
  }
  if (settledRecords(outcomes) + damaged + forgotten !== lowest - 1) return null;
  return { generation, lowest, segment, outcomes, damaged, forgotten };
}
