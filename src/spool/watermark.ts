import { crc32c } from './crc32c.js';
import { SPOOL_FORMAT } from './format-number.js';
import { getU64, putU64, viewOf } from './little-endian.js';
import { NAMES, readWhole, type SpoolFile, type SpoolFiles } from './spool-files.js';

const MARK = 0x59535343; // "CSSY"
const BYTES = 36;

/** How far the segments are synced. */
export interface Watermark {
  /** The last segment with synced blocks; all before it are whole. */
  segment: number;
  /** Bytes of it that are synced. */
  offset: number;
  /** seq of the next record to come. */
  next: number;
}

export function encodeWatermark({ segment, offset, next }: Watermark): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, MARK, true);
  view.setUint32(4, SPOOL_FORMAT, true);
  putU64(view, 8, segment);
  putU64(view, 16, offset);
  putU64(view, 24, next);
  view.setUint32(32, crc32c(bytes, 0, 32), true);
  return bytes;
}

/** null: these bytes are none. */
export function decodeWatermark(bytes: Uint8Array): Watermark | null {
  if (bytes.length !== BYTES) return null;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MARK || view.getUint32(32, true) !== crc32c(bytes, 0, 32)) return null;
  const [segment, offset, next] = [getU64(view, 8), getU64(view, 16), getU64(view, 24)];
  return segment === null || offset === null || next === null || next < 1 ? null : { segment, offset, next };
}

/** What readers may read; null when nothing says so. */
export async function readWatermark(files: SpoolFiles): Promise<Watermark | null> {
  const bytes = await readWhole(files, NAMES.synced, BYTES);
  return bytes === null ? null : decodeWatermark(bytes);
}

/** Opens the file it stands in, made with its full size while there is room: a full disk takes what is written over. */
export async function openWatermark(files: SpoolFiles, first: Watermark): Promise<SpoolFile> {
  const file = (await files.open(NAMES.synced, 'write')) ?? (await files.create(NAMES.synced));
  await file.write(encodeWatermark(first), 0);
  await file.truncate(BYTES);
  return file;
}
