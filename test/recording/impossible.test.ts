import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { OOM_KILL } from '../../src/checks/oom-kill/feature.js';
import { KIND, OOM_KILL as STRUCT } from '../../src/checks/oom-kill/layout.gen.js';
import { runReplay } from '../../src/cli/replay.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { verify } from '../../src/verify/verify.js';
import { FeatureSession } from '../features/feature-session.js';
import { headerOf, testedFeature } from '../features/run-features.js';
import { type AccountFields, type ConnFields, conn, FrameStream, openConn } from '../support/frames.js';
import { HEADER, temporaryFolder } from './helpers.js';

const S = 1_000_000_000;
const SUMS = { final: 1, attempted: 2, emitted: 2, read: 2, enqueued: 2 };

/** A recording of two connections, one of them crafted, whose checksums hold. */
async function crafted(closed: ConnFields, counters: AccountFields = {}, row: ConnFields = {}): Promise<string> {
  const path = join(temporaryFolder(), 'a.ctr');
  const stream = new FrameStream();
  stream.clock(S, 1_700_000_000_000_000);
  stream.snapshot(S, 1, [openConn({ cookie: 7, ...row })]);
  stream.batch(0, 1, [conn({ cookie: 2 }), conn({ cookie: 3, ...closed })]);
  stream.account({ ...SUMS, ...counters });
  stream.account(SUMS);
  stream.flush(3 * S, { final: true });
  const writer = await RecordingWriter.create(path, HEADER);
  for (const frame of stream.frames) writer.frame(frame);
  await writer.close();
  return path;
}

async function replayed(path: string): Promise<{ status: number; said: string }> {
  let said = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  try {
    const to = join(temporaryFolder(), 'out');
    const options = {
      pace: 'fast',
      filter: { port: ['1-65535'] },
      output: 'auto',
      color: 'auto',
      codec: 'null',
    } as const;
    const status = await runReplay(path, {
      ...options,
      filter: { port: ['1-65535'] },
      to: [to],
      rotateSize: 1 << 20,
      rotateEvery: 1e6,
    });
    expect((await verify(to)).faults).toEqual([]);
    return { status, said };
  } finally {
    spy.mockRestore();
  }
}

describe('a recording with numbers that cannot be', () => {
  test('a total of 2^63', async () => {
    const path = await crafted({ sent_bytes: 2n ** 63n });
    expect((await verify(path)).faults).toEqual(['it holds 1 connections with counts or times that cannot be']);
    const { status, said } = await replayed(path);
    expect(status).toBe(1);
    expect(said).toMatch(
      / is damaged: it holds 1 connections with counts or times that cannot be; the rest was replayed/,
    );
  });

  test('a row of 2^64 - 1, and counters of 2^63', async () => {
    const path = await crafted({}, { lost_buffer_full: 2n ** 63n }, { received_packets: 2n ** 64n - 1n });
    const sentence =
      'it holds 1 frames that cannot be what they say and 1 connections with counts or times that cannot be';
    expect((await verify(path)).faults).toEqual([sentence]);
    expect((await replayed(path)).status).toBe(1);
  });

  test('of another feature, in its own unit', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    const tested = await testedFeature(OOM_KILL as Feature);
    const writer = await RecordingWriter.create(path, headerOf([tested]));
    const session = new FeatureSession((frame) => writer.frame(frame));
    const { payload } = tested.frames.frame(KIND.kill, 1);
    new DataView(payload.buffer).setBigUint64(STRUCT.boot_ns, 2n ** 60n, true);
    session.give(OOM_KILL as Feature, KIND.kill, payload, 1);
    session.flush([OOM_KILL as Feature], true);
    await writer.close();
    expect((await verify(path)).faults).toEqual(['it holds 1 kills with counts or times that cannot be']);
  });

  test('none of them', async () => {
    const path = await crafted({ sent_bytes: 2n ** 52n });
    expect((await verify(path)).faults).toEqual([]);
    expect(await replayed(path)).toEqual({ status: 0, said: '' });
  });
});
