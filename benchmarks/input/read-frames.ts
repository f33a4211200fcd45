import { closeSync, openSync, readSync } from 'node:fs';
import { FRAME } from '../../src/kernel/layout.gen.js';

const CHUNK = 1 << 20;

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
  const memory = new ArrayBuffer(CHUNK);
  const chunk: Chunk = { u8: new Uint8Array(memory), u32: new Uint32Array(memory), view: new DataView(memory) };
  const fd = openSync(path, 'r');
  let have = 0;
  let frames = 0;
  try {
    while (frames < limit) {
      const got = readSync(fd, chunk.u8, have, CHUNK - have, null);
      have += got;
      let at = 0;
      while (frames < limit && have - at >= FRAME.size) {
        const length = chunk.u32[at >>> 2]!;
        const size = FRAME.size + ((length + 7) & ~7);
        if (have - at < size) break;
        take(chunk, at, length);
        at += size;
        frames++;
      }
      chunk.u8.copyWithin(0, at, have);
      have -= at;
      if (got === 0) break;
    }
  } finally {
    closeSync(fd);
  }
  return frames;
}
