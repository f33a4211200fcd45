/** Recordings with features that this build cannot replay: the rest replays, and it is said. */
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { verifyCommand } from '../../src/cli/commands/verify.js';
import { type ReplayRun, runReplay } from '../../src/cli/replay.js';
import type { RecordingHeader } from '../../src/recording/header.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { openReplay } from '../../src/replay.js';
import { verify } from '../../src/verify/verify.js';
import { FrameStream } from '../support/frames.js';
import { HEADER, temporaryFolder } from './helpers.js';
import { session } from './session.js';

const CLOSED = 3 * 11;
const OTHER = { 'of:nobody': { timeout_ms: 7 } };
const WITH_OTHER: RecordingHeader = {
  ...HEADER,
  features: { connections: { max_connections: 1000, filters: {} }, ...OTHER },
  layouts: { ...HEADER.layouts, 'of:nobody': '0123456789abcdef' },
};
const OTHER_LAYOUT: RecordingHeader = {
  ...HEADER,
  // Options of another version may be others.
  features: { connections: { table: 'large' } },
  layouts: { ...HEADER.layouts, connections: '0123456789abcdef' },
};

const RUN: ReplayRun = {
  pace: 'fast',
  filter: {},
  output: 'auto',
  color: 'auto',
  rotateSize: 1 << 20,
  rotateEvery: 1000,
  codec: 'null',
};

/** A session of connections, with frames and an account of a feature that nobody knows among them. */
async function recorded(header: RecordingHeader): Promise<string> {
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, header);
  const others = new FrameStream();
  others.source = 7;
  for (const frame of session({ intervals: 3, perInterval: 11 })) {
    writer.frame(frame);
    writer.frame(others.add(0x7e01, new Uint8Array(24), 1));
    writer.frame(others.account({ feature: 0x7e, enqueued: others.frames.length }));
  }
  await writer.close();
  return path;
}

function said(): () => string {
  const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.map(([text]) => String(text)).join('');
}

test('a feature that is unknown is left out, with one line and status 5; all else is there', async () => {
  const path = await recorded(WITH_OTHER);
  const reader = await RecordingReader.open(path);
  expect(reader.missing).toEqual([{ feature: 'of:nobody', why: 'unknown' }]);
  await reader.close();
  const text = said();
  const to = join(temporaryFolder(), 'out');
  expect(await runReplay(path, { ...RUN, to: [to] })).toBe(5);
  expect(text()).toBe(
    `conntrail: of:nobody is left out of ${path}: this conntrail does not know it; replay it with conntrail 0.1.0 [CONNTRAIL_FEATURE]\n`,
  );
  expect(await verify(to)).toMatchObject({ faults: [], units: CLOSED });
});

test('verify checks the rest, and says what it did not check', async () => {
  const path = await recorded(WITH_OTHER);
  expect(await verify(path)).toMatchObject({
    faults: [],
    units: CLOSED,
    missing: [{ feature: 'of:nobody', why: 'unknown' }],
  });
  const text = said();
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => out.mockRestore());
  const status = process.exitCode;
  onTestFinished(() => {
    process.exitCode = status;
  });
  await verifyCommand().parseAsync([path], { from: 'user' });
  expect(process.exitCode).toBe(5);
  expect(text()).toBe(
    `conntrail: of:nobody of ${path} was not checked: this conntrail does not know it; verify it with the version that recorded it [CONNTRAIL_FEATURE]\n`,
  );
});

test('a feature of another layout is left out, whatever its options are', async () => {
  const path = await recorded(OTHER_LAYOUT);
  const text = said();
  const to = join(temporaryFolder(), 'out');
  expect(await runReplay(path, { ...RUN, to: [to] })).toBe(5);
  expect(text()).toMatch(
    /^conntrail: connections is left out of \S+: it has layout 0123456789abcdef, this conntrail decodes [0-9a-f]{16}; replay it with conntrail 0\.1\.0 \[CONNTRAIL_FEATURE\]\n$/,
  );
  expect(await verify(to)).toMatchObject({ faults: [], records: 0, ledgers: 3 });
  await using replay = await openReplay(path);
  expect(replay.missing).toEqual([{ feature: 'connections', why: 'layout' }]);
  for await (const connection of replay.connections()) expect.unreachable(`${connection.cookie}`);
  expect(replay.statistics).toMatchObject({ complete: true, features: {} });
  expect(replay.statistics.router.skipped).toBeGreaterThan(CLOSED / 22);
});

test('a feature that did not run is not missed', async () => {
  const path = await recorded({ ...HEADER, features: {}, layouts: { core: HEADER.layouts.core! } });
  const reader = await RecordingReader.open(path);
  expect(reader.missing).toEqual([]);
  await reader.close();
  expect(await verify(path)).toMatchObject({ faults: [], units: 0, missing: [] });
});
