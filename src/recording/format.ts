/**
 * The recording's own framing; `docs/recording-format.md` is the specification. All integers are little-endian.
 *
 *     file    = preamble, header (JSON, padded to 8), block…, trailer
 *     block   = block head (24 bytes), frames exactly as the pump took them
 *     frame   = struct ct_frame, payload, padding to 8
 * @module
 */
import { crc32 } from 'node:zlib';

/** First eight bytes: a byte no text has, the name, and line ends and a ^Z that a text-mode copy would spoil. */
export const MAGIC = Uint8Array.of(0x89, 0x43, 0x54, 0x52, 0x0d, 0x0a, 0x1a, 0x0a);
export const FORMAT_VERSION = 2;

/** Preamble: magic, u32 version, u32 header bytes, u32 CRC-32 of the header, u32 zero. */
export const PREAMBLE_BYTES = 24;
/** Bound of the header, checked before anything is allocated for it. */
export const MAX_HEADER_BYTES = 1 << 20;

/** Block head: u32 mark, u32 payload bytes, u32 frames, u32 index, u32 CRC-32 of those four words and the payload, u32 zero. */
export const BLOCK_HEAD_BYTES = 24;
export const BLOCK_MARK = 0x4b425443; // "CTBK"
/** A block is closed when the next frame would make it larger; one frame that is larger by itself has a block of its own. */
export const BLOCK_BYTES = 1 << 18;
/** Bound of one block's payload, checked before anything is allocated for it: a whole ring and more. */
export const MAX_BLOCK_BYTES = 1 << 28;

/** Trailer: u32 mark, u32 blocks, u64 frames, u64 payload bytes, u32 CRC-32 of all block CRCs, u32 CRC-32 of the words before. */
export const TRAILER_BYTES = 32;
export const TRAILER_MARK = 0x52545443; // "CTTR"

/** What the trailer says about the blocks before it. */
export interface Totals {
  blocks: number;
  frames: number;
  /** Payload bytes of all blocks. */
  bytes: number;
  /** CRC-32 over the blocks' CRC-32 values, each as four bytes. */
  crc: number;
}

export const NO_TOTALS: Readonly<Totals> = { blocks: 0, frames: 0, bytes: 0, crc: 0 };

/** `n` rounded up to the next multiple of 8. */
export function padded(n: number): number {
  return (n + 7) & ~7;
}

/** Adds one block to running totals. */
export function addBlock(totals: Totals, frames: number, bytes: number, blockCrc: number): void {
  const word = new Uint8Array(4);
  new DataView(word.buffer).setUint32(0, blockCrc, true);
  totals.blocks++;
  totals.frames += frames;
  totals.bytes += bytes;
  totals.crc = crc32(word, totals.crc);
}

/** Fills in the head of the block that fills `block`; returns its CRC. */
export function sealBlock(block: Uint8Array, frames: number, index: number): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  view.setUint32(0, BLOCK_MARK, true);
  view.setUint32(4, block.byteLength - BLOCK_HEAD_BYTES, true);
  view.setUint32(8, frames, true);
  view.setUint32(12, index, true);
  const crc = blockCrc(block.subarray(0, BLOCK_HEAD_BYTES), block.subarray(BLOCK_HEAD_BYTES));
  view.setUint32(16, crc, true);
  view.setUint32(20, 0, true);
  return crc;
}

/** CRC-32 of a block: the first four words of its head, then its payload. */
export function blockCrc(head: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(head.subarray(0, 16)));
}

/** The trailer of a recording with these totals. */
export function encodeTrailer(totals: Totals): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, TRAILER_MARK, true);
  view.setUint32(4, totals.blocks, true);
  view.setBigUint64(8, BigInt(totals.frames), true);
  view.setBigUint64(16, BigInt(totals.bytes), true);
  view.setUint32(24, totals.crc, true);
  view.setUint32(28, crc32(bytes.subarray(0, 28)), true);
  return bytes;
}

/** The totals of a trailer, or null when its own checksum says that it was damaged. */
export function decodeTrailer(bytes: Uint8Array): Totals | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, TRAILER_BYTES);
  if (view.getUint32(28, true) !== crc32(bytes.subarray(0, 28))) return null;
  return {
    blocks: view.getUint32(4, true),
    frames: Number(view.getBigUint64(8, true)),
    bytes: Number(view.getBigUint64(16, true)),
    crc: view.getUint32(24, true),
  };
}

/** Preamble and header: the start of every recording. */
export function encodeStart(json: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PREAMBLE_BYTES + padded(json.byteLength));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, json.byteLength, true);
  view.setUint32(16, crc32(json), true);
  bytes.set(json, PREAMBLE_BYTES);
  return bytes;
}
