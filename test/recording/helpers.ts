import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FrameView } from '../../src/frames/frame-view.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import { BlockCursor } from '../../src/recording/block-cursor.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { HEADER, headerWith } from './header.js';

export { HEADER, headerWith };

/** A frame with bytes of its own. */
export interface TestFrame {
  kind: number;
  source: number;
  seq: number;
  fresh: number;
  bootNs: bigint;
  payload: Uint8Array;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A view of `frame`, its payload at an offset as in a ring. */
export function viewOf(frame: Omit<TestFrame, 'bootNs'> & { bootNs?: bigint }, offset = 64): FrameView {
  const buffer = new ArrayBuffer(offset + ((frame.payload.byteLength + 7) & ~7));
  const u8 = new Uint8Array(buffer);
  u8.set(frame.payload, offset);
  new DataView(buffer).setBigUint64(offset - FRAME.size + FRAME.boot_ns, frame.bootNs ?? 0n, true);
  const { kind, source, seq, fresh } = frame;
  return {
    kind,
    source,
    seq,
    fresh,
    u8,
    u32: new Uint32Array(buffer),
    start: offset,
    length: frame.payload.byteLength,
  };
}

/** Records `frames` into `path` and closes it. */
export async function record(path: string, frames: readonly TestFrame[]): Promise<void> {
  const writer = await RecordingWriter.create(path, HEADER);
  for (const frame of frames) writer.frame(viewOf(frame));
  await writer.close();
}

/** Every frame of the whole blocks of `path`, copied. */
export async function readAll(path: string): Promise<{ frames: TestFrame[]; reader: RecordingReader }> {
  const reader = await RecordingReader.open(path);
  try {
    const frames: TestFrame[] = [];
    const cursor = new BlockCursor();
    for (let block = await reader.next(); block !== null; block = await reader.next()) {
      cursor.open(block);
      while (cursor.next()) {
        const { kind, source, seq, fresh, u8, start, length } = cursor.frame;
        if (start % 8 !== 0) throw new Error(`payload at ${start} is not aligned`);
        const head = new DataView(u8.buffer, u8.byteOffset + start - FRAME.size);
        const bootNs = head.getBigUint64(FRAME.boot_ns, true);
        frames.push({ kind, source, seq, fresh, bootNs, payload: u8.slice(start, start + length) });
      }
      if (!cursor.exact) throw new Error('frames do not fill the block');
    }
    return { frames, reader };
  } finally {
    await reader.close();
  }
}
