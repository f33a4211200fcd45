import { expect } from 'vitest';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { replay } from '../../src/recording/replay.js';
import type { ByteSink } from '../../src/sinks/byte-sink.js';
import { CollectingSink } from '../sinks/collecting-sink.js';

/** What a writer makes of a whole recording. */
export async function replayed(path: string, make: (sink: ByteSink) => RecordWriter): Promise<string> {
  const reader = await RecordingReader.open(path);
  const sink = new CollectingSink();
  try {
    await replay(reader, { clients: [{ name: 'test', writer: make(sink) }], pace: 'fast', idle: async () => {} });
    expect(reader.complete).toBe(true);
    return sink.text;
  } finally {
    await reader.close();
  }
}
