import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrames } from '../../benchmarks/input/read-frames.js';
import { InputStream } from '../../benchmarks/input/stream.js';
import { KIND } from '../../src/connections/layout.gen.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import { NullWriter } from '../../src/sinks/null-writer.js';
import { connectionCounts, connectionPipeline } from '../support/connection-pipeline.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const SHAPES = [22, 3, 1].map((perFrame) => ({ records: 20_000, connections: 3000, perFrame }));

describe.each(SHAPES)('the synthetic input with $perFrame records a frame', (shape) => {
  it('is the same each time', () => {
    const hashes = ['a', 'b'].map((name) => {
      const path = join(folder, name);
      new InputStream(path, shape).write();
      return createHash('sha256').update(readFileSync(path)).digest('hex');
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('is what a pipeline takes whole: nothing invalid, duplicates and late rows found', () => {
    const path = join(folder, 'input');
    const frames = new InputStream(path, shape).write();
    const pipeline = connectionPipeline({
      host: 'h',
      bootId: 'b',
      clients: [{ name: 'none', writer: new NullWriter() }],
    });
    const kinds = new Set<number>();
    const read = readFrames(path, Number.POSITIVE_INFINITY, ({ u8, u32 }, at, length) => {
      const word = (offset: number): number => u32[(at + offset) >>> 2]!;
      const frame: FrameView = {
        kind: word(FRAME.kind) & 0xffff,
        source: 0,
        seq: word(FRAME.seq),
        fresh: word(FRAME.fresh),
        u8,
        u32,
        start: at + FRAME.size,
        length,
      };
      kinds.add(frame.kind);
      pipeline.push(frame);
    });
    const counts = connectionCounts(pipeline);
    const { table, open } = counts;
    expect(read).toBe(frames);
    expect(kinds).toContain(shape.perFrame === 1 ? KIND.single : KIND.pending);
    expect(counts).toMatchObject({ invalidFrames: 0, missingFrames: 0, unknownCpu: 0, missed: 0 });
    expect(counts.kept).toBeGreaterThan(shape.records / 4);
    expect(counts.repeated).toBeGreaterThan(0);
    expect(table).toMatchObject({ rejected: 0, unburied: 0, underflows: 0 });
    expect(table.late).toBeGreaterThan(0);
    expect(open).toBeGreaterThan(shape.connections * 0.95);
  });
});
