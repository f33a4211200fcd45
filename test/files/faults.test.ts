/** Calls that fail, write less, or nothing: what is in the file afterwards is whole chunks. The kernel is made to answer so by strace. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { verify } from '../../src/verify/verify.js';
import { readAll, temporaryFolder } from '../recording/helpers.js';
import { TRACED_MS, traced } from '../support/traced-script.js';

vi.setConfig({ testTimeout: TRACED_MS });

/** Chunks of these sizes, each filled with its number, one after the other. */
const chunks = (...sizes: number[]): string => `
  const appender = new Appender(await createOutputFile('a'));
  const outcomes = [];
  for (const [i, size] of ${JSON.stringify(sizes)}.entries()) {
    appender.append(new Uint8Array(size).fill(i + 1), (error) => outcomes.push(error?.code ?? null));
    await appender.idle();
  }
  const finished = await appender.finish().then(() => null, (error) => error.code);
  console.log(JSON.stringify({ outcomes, finished, size: appender.size }));`;
const APPENDER = { Appender: 'src/files/appender.ts', createOutputFile: 'src/files/output-file.ts' };
/** Bytes that a file may have. */
const LIMIT = 50_000;

/** Lengths of the runs of equal bytes. */
function runs(path: string): [number, number][] {
  const found: [number, number][] = [];
  for (const byte of readFileSync(path)) {
    if (found.at(-1)?.[0] !== byte) found.push([byte, 0]);
    found.at(-1)![1]++;
  }
  return found;
}

test('of a short write nothing stays, even if cutting it off fails for a while', (context) => {
  const faults = { never: [], 'at first': ['ftruncate:error=EIO:when=1'], longer: ['ftruncate:error=EIO:when=1..2'] };
  for (const [name, inject] of Object.entries(faults)) {
    const folder = join(temporaryFolder(), 'sub');
    const { out } = traced(context, folder, APPENDER, chunks(40_000, 40_000, 5000), inject, LIMIT);
    expect(JSON.parse(out), name).toEqual({ outcomes: [null, 'EFBIG', null], finished: null, size: 45_000 });
    expect(runs(join(folder, 'a')), name).toEqual([
      [1, 40_000],
      [3, 5000],
    ]);
  }
});

test('what no later chunk could cut off is cut off at the end, or told', (context) => {
  const folder = temporaryFolder();
  const cut = traced(context, folder, APPENDER, chunks(40_000, 40_000), ['ftruncate:error=EIO:when=1'], LIMIT);
  expect(JSON.parse(cut.out)).toMatchObject({ outcomes: [null, 'EFBIG'], finished: null });
  expect(runs(join(folder, 'a'))).toEqual([[1, 40_000]]);
  expect(cut.calls.slice(-2)).toEqual(['ftruncate a', 'fsync a']);
  const told = traced(context, join(folder, 'b'), APPENDER, chunks(40_000, 40_000), ['ftruncate:error=EIO'], LIMIT);
  expect(JSON.parse(told.out)).toMatchObject({ outcomes: [null, 'EFBIG'], finished: 'EIO' });
});

test('a write call that writes nothing is a failure, not tried for ever', (context) => {
  const folder = temporaryFolder();
  const { out } = traced(context, folder, APPENDER, chunks(10, 10, 10), ['pwrite64:retval=0:when=2']);
  expect(JSON.parse(out)).toEqual({ outcomes: [null, 'EIO', null], finished: null, size: 20 });
  expect(runs(join(folder, 'a'))).toEqual([
    [1, 10],
    [3, 10],
  ]);
});

const SINK = {
  DirectorySink: 'src/sinks/directory/directory-sink.ts',
  connectionLedger: 'test/support/ledgers.ts',
  connectionsTo: 'test/sinks/sources.ts',
  source: 'test/sinks/sources.ts',
};
/** Three intervals of one connection. */
const INTERVALS = `
  const sink = await DirectorySink.open('out', { codec: 'null', rotateSize: 1 << 30, rotateEvery: 3_600_000, accounts: false });
  const connection = connectionsTo(sink);
  for (let seq = 1; seq <= 3; seq++) {
    connection(source({ cookie: seq }, seq));
    sink.ledger(connectionLedger(seq, seq, seq));
    await sink.idle();
  }
  await sink.finish();
  console.log(JSON.stringify({ written: sink.written.units, dropped: sink.refused.units, error: sink.errors[0]?.message ?? null }));`;

// Writes of the first interval: header, line, block, line; the same of the ledger. Of the second: block (9), line (10). Syncs: the new
// directory, the names of either pair (3), data (4), checksums (5).
test.for([
  ['a line of checksums cannot be written', 'pwrite64:error=ENOSPC:when=10', 3, 0],
  ['a block cannot be written', 'pwrite64:error=EIO:when=9', 2, 1],
  ['a header cannot be written', 'pwrite64:error=ENOSPC:when=1', 2, 1],
  ['the first line of checksums cannot be written', 'pwrite64:error=ENOSPC:when=2', 3, 0],
  ['the data cannot be synced', 'fsync:error=EIO:when=4', 3, 0],
  ['the checksums cannot be synced', 'fsync:error=EIO:when=5', 3, 0],
] as const)(
  '%s: told, and what is there is whole and has its checksums',
  async ([, fault, written, dropped], context) => {
    const folder = temporaryFolder();
    const { out } = traced(context, folder, SINK, INTERVALS, [fault]);
    expect(JSON.parse(out)).toEqual({
      written,
      dropped,
      error: expect.stringMatching(/^writing to out failed \((ENOSPC|EIO)\)/),
    });
    const { records, faults } = await verify(join(folder, 'out'));
    expect(records).toBe(written);
    expect(faults.filter((text) => /checksum|block|container/.test(text))).toEqual([]);
    // Nothing of an attempt that failed stays.
    expect(readdirSync(join(folder, 'out'))).toHaveLength(4);
  },
);

test('of a recording that cannot go on, the last whole block is the end, even if cutting off the rest fails at first', async (context) => {
  const folder = temporaryFolder();
  const body = `
    const writer = await RecordingWriter.create('a.ctr', HEADER);
    for (let seq = 0; writer.error === null; seq++) {
      const u8 = new Uint8Array(8 + 30_000).fill(seq);
      writer.frame({ kind: CORE_KIND.flush, source: 0, seq, fresh: 0, u8, u32: new Uint32Array(u8.buffer), start: 8, length: 30_000 });
      while (writer.backlog > 0) await new Promise(setImmediate);
    }
    console.log(await writer.close().then(() => null, (error) => error.message));`;
  const modules = {
    RecordingWriter: 'src/recording/recording-writer.ts',
    CORE_KIND: 'src/frames/layout.gen.ts',
    HEADER: 'test/recording/header.ts',
  };
  const { out } = traced(context, folder, modules, body, ['ftruncate:error=EIO:when=1'], LIMIT);
  expect(out).toMatch(/a\.ctr ends early: writing failed \(EFBIG\)/);
  const { frames, reader } = await readAll(join(folder, 'a.ctr'));
  expect([frames.length, reader.complete, reader.tail]).toEqual([1, false, 0]);
});
