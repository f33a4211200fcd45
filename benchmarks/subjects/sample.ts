import { BATCH, BATCH_CAPACITY, CONN, KIND } from '../../src/connections/layout.gen.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import { readFrames } from '../input/read-frames.js';

/** The first `limit` records of an input's snapshots and whole batches, one after another. */
export function readSample(path: string, limit: number): Uint8Array {
  const sample = new Uint8Array(limit * CONN.size);
  let count = 0;
  readFrames(path, Number.POSITIVE_INFINITY, ({ u8, u32 }, at, length) => {
    const kind = u32[(at + FRAME.kind) >>> 2]! & 0xffff;
    let records = 0;
    let start = at + FRAME.size;
    if (kind === KIND.snapshot) records = length / CONN.size;
    else if (kind === KIND.batch) {
      records = BATCH_CAPACITY;
      start += BATCH.records;
    }
    records = Math.min(records, limit - count);
    sample.set(u8.subarray(start, start + records * CONN.size), count * CONN.size);
    count += records;
  });
  return sample.subarray(0, count * CONN.size);
}
