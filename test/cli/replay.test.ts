import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReplayRun, runReplay } from '../../src/cli/replay.js';
import { bootId } from '../../src/kernel/host.js';
import { encodeStart } from '../../src/recording/format.js';
import { encodeHeader, type RecordingHeader } from '../../src/recording/header.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { verify } from '../../src/verify/verify.js';
import { HEADER, headerWith, temporaryFolder } from '../recording/helpers.js';
import { session } from '../recording/session.js';

const OPTIONS: ReplayRun = {
  pace: 'fast',
  filter: {},
  output: 'ndjson',
  color: 'auto',
  rotateSize: 1 << 20,
  rotateEvery: 1000,
  codec: 'null',
};

function withFilters(filters: Record<string, string[]>): RecordingHeader {
  return headerWith({ filters });
}

/** Closed connections that a replay into a directory lets through, of 77 that were recorded with these filters. */
async function closedOf(filters: Record<string, string[]>, options: Partial<ReplayRun> = {}): Promise<number> {
  const folder = temporaryFolder();
  const path = join(folder, 'a.ctr');
  const writer = await RecordingWriter.create(path, withFilters(filters));
  for (const frame of session({ intervals: 7, perInterval: 11 })) writer.frame(frame);
  await writer.close();
  const to = join(folder, 'out');
  expect(await runReplay(path, { ...OPTIONS, output: 'auto', to: [to], ...options })).toBe(0);
  const report = await verify(to);
  expect(report.faults).toEqual([]);
  return report.types.connection?.units ?? 0;
}

test.each<[Record<string, string[]>, string]>([
  [{ pid: ['abc'] }, '"abc" is not a process id'],
  [{ shade: ['red'] }, '"shade" is not a filter'],
])('filters %j that a recording cannot have been made with are damage, not a defect', async (filters, what) => {
  const path = join(temporaryFolder(), 'a.ctr');
  writeFileSync(path, encodeStart(encodeHeader(withFilters(filters))));
  await expect(runReplay(path, OPTIONS)).rejects.toMatchObject({
    code: 'CONNTRAIL_DAMAGED',
    message: expect.stringContaining(what),
  });
});

describe('a replay applies', () => {
  // Of 77 closes, every second one is to port 443; every eleventh was refused.
  test.each<[string, Record<string, string[]>, Partial<ReplayRun>, number]>([
    ['the filters of a header of before there was negation', { port: ['443', 'remote:9'] }, {}, 38],
    ['negation in a header', { port: ['!443'] }, {}, 39],
    ['its own filters in the place of the recorded ones', { port: ['443'] }, { filter: { failed: 'REFUSED' } }, 7],
    ['no filters at all', { port: ['443'] }, { unfiltered: true }, 77],
    ['several of both kinds', {}, { filter: { port: '443', failed: '!any', 'min-bytes': '50M' } }, 11],
  ])('%s', async (_, filters, options, closed) => {
    expect(await closedOf(filters, options)).toBe(closed);
  });
});

test('paths of another boot are no paths of a recording', async () => {
  const path = join(temporaryFolder(), 'a.ctr');
  writeFileSync(path, encodeStart(encodeHeader(HEADER)));
  expect(HEADER.boot_id).not.toBe(bootId());
  await expect(runReplay(path, { ...OPTIONS, filter: { netns: '/proc/self/ns/net' } })).rejects.toMatchObject({
    code: 'CONNTRAIL_OPTION',
  });
});
