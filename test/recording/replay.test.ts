import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FrameView } from '../../src/frames/frame-view.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { type Pace, replay } from '../../src/recording/replay.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { CollectingSink } from '../sinks/collecting-sink.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { HEADER, temporaryFolder } from './helpers.js';
import { session } from './session.js';

/** Runs frames through the pipeline and the recorder side by side, as a tracer does. */
async function live(path: string, frames: readonly FrameView[]): Promise<string> {
  const recording = await RecordingWriter.create(path, HEADER);
  const sink = new CollectingSink();
  const writer = new NdjsonWriter(sink);
  const pipeline = connectionPipeline({
    host: HEADER.host,
    bootId: HEADER.boot_id,
    run: HEADER.run,
    clients: [{ name: 'live', writer }],
  });
  for (const frame of frames) {
    recording.frame(frame);
    pipeline.push(frame);
    // The pump pauses at other places than a replay does.
    if (frame.seq % 3 === 0) pipeline.drained();
  }
  pipeline.close();
  await recording.close();
  return sink.text;
}

async function replayed(path: string, pace: Pace = 'fast'): Promise<{ text: string; complete: boolean }> {
  const reader = await RecordingReader.open(path);
  const sink = new CollectingSink();
  const clients = [{ name: 'replay', writer: new NdjsonWriter(sink) }];
  try {
    await replay(reader, { clients, pace, idle: async () => {} });
    return { text: sink.text, complete: reader.complete };
  } finally {
    await reader.close();
  }
}

describe('replay', () => {
  test('gives byte for byte what live tracing printed, each time', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    const printed = await live(path, session({ intervals: 7, perInterval: 53 }));
    const digest = createHash('sha256').update(printed).digest('hex');
    for (let i = 0; i < 2; i++) {
      const { text, complete } = await replayed(path);
      expect(createHash('sha256').update(text).digest('hex')).toBe(digest);
      expect(complete).toBe(true);
    }
    expect(printed.split('\n').filter((line) => line.includes('"state":"closed"'))).toHaveLength(7 * 53);
    expect(printed.split('\n').at(-2)).toContain('"final":true');
  });

  test('takes as long as it took, when asked to', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    const printed = await live(path, session({ intervals: 2, perInterval: 3 }));
    const start = performance.now();
    const { text } = await replayed(path, 'original');
    // Two seconds of clock frames; only a lower bound, machines are slow at times.
    expect(performance.now() - start).toBeGreaterThan(1900);
    expect(text).toBe(printed);
  });

  test('of a recording cut short gives its whole blocks, the start of what live printed', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    const printed = await live(path, session({ intervals: 5, perInterval: 31 }));
    truncateSync(path, readFileSync(path).byteLength - 700);
    const { text, complete } = await replayed(path);
    expect(complete).toBe(false);
    expect(text.length).toBeGreaterThan(printed.length / 2);
    expect(printed.startsWith(text)).toBe(true);
  });

  test('of a damaged recording gives what stands before the damage, then fails', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    await live(path, session({ intervals: 5, perInterval: 31 }));
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.byteLength * 0.7)]! ^= 1;
    writeFileSync(path, bytes);
    await expect(replayed(path)).rejects.toMatchObject({ code: 'CONNTRAIL_DAMAGED' });
  });
});
