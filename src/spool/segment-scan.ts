import { BLOCK_HEAD_BYTES, BLOCK_MARK, type BlockHead, decodeBlockHead, recordsHold } from './segment-format.js';

/** Bytes of a segment, in order: a whole block; damage with whole blocks or the end of all behind it; what is left behind the last block. */
export type Found =
  | { kind: 'block'; at: number; end: number; head: BlockHead }
  /** `head`: of damaged records; null: the head itself is damaged, and only the next block tells what is missing. */
  | { kind: 'damaged'; at: number; end: number; head: BlockHead | null }
  | { kind: 'rest'; at: number; end: number; head: BlockHead | null };

/**
 * Walks the blocks of segment number `segment` in `bytes[from, to)`. Always ends, and looks at each byte a bounded number of times: where a head
 * does not hold, the next one is looked for, byte by byte; a head has a checksum of its own, so nothing else is read for one that is none.
 */
export function* scanBlocks(bytes: Uint8Array, from: number, to: number, segment: number): Generator<Found, void> {
  let at = from;
  while (at < to) {
    const head = decodeBlockHead(bytes, at, to, segment);
    if (head === null) {
      const next = nextHead(bytes, at + 1, to, segment);
      yield { kind: next === to ? 'rest' : 'damaged', at, end: next, head: null };
      at = next;
      continue;
    }
    const end = at + BLOCK_HEAD_BYTES + head.length;
    if (end > to) {
      // Its length may be right and the rest overwritten all the same.
      const next = nextHead(bytes, at + BLOCK_HEAD_BYTES, to, segment);
      yield { kind: next === to ? 'rest' : 'damaged', at, end: next, head };
      at = next;
      continue;
    }
    yield { kind: recordsHold(bytes, at, head) ? 'block' : 'damaged', at, end, head };
    at = end;
  }
}

/** Where the next head stands that holds; `to` when there is none. */
function nextHead(bytes: Uint8Array, from: number, to: number, segment: number): number {
  const mark = BLOCK_MARK & 255;
  for (let at = bytes.indexOf(mark, from); at >= 0 && at < to; at = bytes.indexOf(mark, at + 1)) {
    if (decodeBlockHead(bytes, at, to, segment) !== null) return at;
  }
  return to;
}

/** Position behind the last whole block, and the seq that follows it; null when there is no whole block. */
export function wholeEnd(
  bytes: Uint8Array,
  from: number,
  segment: number,
): { end: number; next: number; time: number } | null {
  let last: { end: number; next: number; time: number } | null = null;
  for (const { kind, end, head } of scanBlocks(bytes, from, bytes.length, segment)) {
    if (kind === 'block') last = { end, next: head.first + head.count, time: head.time };
  }
  return last;
}
