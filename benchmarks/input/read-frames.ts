import { closeSync, openSync, readSync } from 'node:fs';
import { FRAME } from '../../src/frames/layout.gen.js';

const CHUNK = 1 << 20;
/**
 * Where every read begins; what is left of the last one is moved in front of it. In the middle of a page: some processors (AMD Zen 3) copy
 * out of the kernel at a fifth of their speed to places 8 to 31 bytes into a page.
 */
const LANDING = (1 << 16) + 2048;

/** A chunk of the input; `u8`, `u32` and `view` share its memory. */
export interface Chunk {
  u8: Uint8Array;
  u32: Uint32Array;
  view: DataView;
}

/**
 * Reads an input in large chunks and calls `take` with the place of each frame's header, which is a multiple of 8.
 * @param limit most frames
 * @returns frames read
 */
export function readFrames(
  path: string,
  limit: number,
  take: (chunk: Chunk, at: number, length: number) => void,
): number {
  const memory = new ArrayBuffer(LANDING + CHUNK);
  const chunk: Chunk = { u8: new Uint8Array(memory), u32: new Uint32Array(memory), view: new DataView(memory) };
  const fd = openSync(path, 'r');
  let have = 0;
  let frames = 0;
  try {
    while (frames < limit) {
      const got = readSync(fd, chunk.u8, LANDING, CHUNK, null);
      const end = LANDING + got;
      let at = LANDING - have;
      while (frames < limit && end - at >= FRAME.size) {
        const length = chunk.u32[at >>> 2]!;
        const size = FRAME.size + ((length + 7) & ~7);
        if (end - at < size) break;
        take(chunk, at, length);
        at += size;
        frames++;
      }
      if (got === 0 || frames === limit) break;
      have = end - at;
      if (have > LANDING) throw new RangeError('a frame of the input is longer than any that a reader writes');
      chunk.u8.copyWithin(LANDING - have, at, end);
    }
  } finally {
    closeSync(fd);
  }
  return frames;
}
