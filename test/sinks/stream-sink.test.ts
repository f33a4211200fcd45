import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { STREAM_BACKLOG_BYTES, StreamSink } from '../../src/sinks/stream-sink.js';

/** A stream whose writes end when the test says so. */
class Gate extends Writable {
  readonly waiting: ((error?: Error | null) => void)[] = [];

  override _write(_chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.waiting.push(done);
  }

  pass(error?: NodeJS.ErrnoException): void {
    this.waiting.shift()?.(error);
  }
}

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

test('a reader that stopped costs the newest chunks, counted, and no memory beyond the bound', async () => {
  const gate = new Gate();
  const sink = new StreamSink(gate);
  const chunk = new Uint8Array(1 << 20);
  for (let i = 0; i < 50; i++) sink.write(chunk, 7);
  expect(sink.backlog).toBeLessThanOrEqual(STREAM_BACKLOG_BYTES + chunk.byteLength);
  const taken = sink.backlog / chunk.byteLength;
  expect(sink.dropped).toBe(7 * (50 - taken));
  const finished = sink.finish();
  while (sink.backlog > 0) {
    gate.pass();
    await new Promise(setImmediate);
  }
  await finished;
  expect(sink.written).toBe(7 * taken);
  expect(sink.error).toBeNull();
});

test('a reader that went away is no failure', async () => {
  const gate = new Gate();
  let closed = 0;
  const sink = new StreamSink(gate, () => closed++);
  sink.write(new Uint8Array(10), 3);
  gate.pass(failure('EPIPE'));
  await sink.finish();
  sink.write(new Uint8Array(10), 3);
  await sink.finish();
  expect([sink.error, sink.dropped, closed]).toEqual([null, 0, 1]);
});

test('any other failure is told, and what it cost', async () => {
  const gate = new Gate();
  let closed = 0;
  const sink = new StreamSink(gate, () => closed++);
  sink.write(new Uint8Array(10), 3);
  gate.pass(failure('ENOSPC'));
  await sink.finish();
  expect(sink.error).toMatchObject({ code: 'CONNTRAIL_IO' });
  expect([sink.dropped, closed]).toEqual([3, 1]);
});
