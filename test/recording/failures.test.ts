import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { KIND } from '../../src/connections/layout.gen.js';
import {
  RECORDING_BACKLOG_BYTES,
  RECORDING_PATIENCE_MS,
  RecordingWriter,
} from '../../src/recording/recording-writer.js';
import { verify } from '../../src/verify/verify.js';
import { onSmallDisk } from '../support/small-disk.js';
import { HEADER, readAll, temporaryFolder, viewOf } from './helpers.js';

const frame = (seq: number, bytes: number) =>
  viewOf({ kind: KIND.batch, source: 0, seq, fresh: 0, payload: new Uint8Array(bytes).fill(seq) });

test('a disk that fills up ends the recording with its last whole block', async (context) => {
  await onSmallDisk(context, join(temporaryFolder(), 'small'), 1024, async (mount, grow) => {
    const path = join(mount, 'a.ctr');
    const writer = await RecordingWriter.create(path, HEADER);
    let seq = 0;
    const write = async (): Promise<void> => {
      writer.frame(frame(seq++, 8000));
      await new Promise(setImmediate);
    };
    while (writer.error === null) await write();
    // Room that comes back must not make a recording with a hole.
    grow(8192);
    for (let i = 0; i < 100; i++) await write();
    await expect(writer.close()).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
    const { frames, reader } = await readAll(path);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i));
    expect(frames.length).toBeGreaterThan(32);
    expect(reader.complete).toBe(false);
    expect((await verify(path)).faults[0]).toMatch(/^no trailer: the recording was cut short after block/);
  });
});

test('a disk that cannot keep up ends the recording at its bound, not the memory', async () => {
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, HEADER);
  // Without a pause nothing is written: as a disk that stands still.
  let seq = 0;
  while (writer.error === null && seq < 400) writer.frame(frame(seq++, 1 << 20));
  expect(writer.error).toMatchObject({ code: 'CONNTRAIL_BEHIND' });
  expect(writer.backlog).toBeLessThan(RECORDING_BACKLOG_BYTES + (4 << 20));
  await expect(writer.close()).rejects.toMatchObject({ code: 'CONNTRAIL_BEHIND' });
  expect((await readAll(path)).reader.complete).toBe(false);
});

/** Lets so much time pass in which nothing is written. */
function standStill(ms: number): void {
  vi.advanceTimersByTime(ms);
}

/** Of the writer; the disk has its own. */
function holdClock(): void {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

test('a disk that stands still is waited for while tracing goes on, not when it is to end', async () => {
  holdClock();
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, HEADER);
  for (let seq = 0; seq < 20; seq++) writer.frame(frame(seq, 1 << 20));
  standStill(RECORDING_PATIENCE_MS + 100);
  expect(writer.busy).toBe(true);
  writer.ending();
  expect(writer.busy).toBe(true);
  standStill(RECORDING_PATIENCE_MS + 100);
  expect(writer.busy).toBe(false);
  expect(writer.error).toMatchObject({ code: 'CONNTRAIL_BEHIND' });
  await expect(writer.close()).rejects.toBe(writer.error);
  expect((await readAll(path)).reader.complete).toBe(false);
});

test('a slow disk that moves on is waited for, also at the end', async () => {
  holdClock();
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, HEADER);
  for (let seq = 0; seq < 40; seq++) writer.frame(frame(seq, 1 << 20));
  writer.ending();
  while (writer.busy) {
    standStill(RECORDING_PATIENCE_MS / 2);
    const { backlog } = writer;
    while (writer.backlog === backlog) await new Promise(setImmediate);
  }
  expect(writer.error).toBeNull();
  await writer.close();
  expect((await readAll(path)).reader.complete).toBe(true);
});

test('what is given up is no whole recording', async () => {
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, HEADER);
  for (let seq = 0; seq < 20; seq++) writer.frame(frame(seq, 1 << 20));
  const error = writer.abandon();
  expect(error).toMatchObject({ code: 'CONNTRAIL_BEHIND' });
  await expect(writer.close()).rejects.toBe(error);
  expect((await readAll(path)).reader.complete).toBe(false);
});

test('nothing recorded, nothing left', async () => {
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, HEADER);
  await writer.discard();
  await expect(RecordingWriter.create(path, HEADER).then((again) => again.close())).resolves.toBeDefined();
});
