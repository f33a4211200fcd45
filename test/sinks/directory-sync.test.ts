/** In which order files, checksums and names reach the disk, as the kernel sees it. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../recording/helpers.js';
import { TRACED_MS, traced } from '../support/traced-script.js';

vi.setConfig({ testTimeout: TRACED_MS });

const MODULES = {
  DirectorySink: 'src/sinks/directory/directory-sink.ts',
  emptyLedger: 'test/support/ledger-record.ts',
  connectionsTo: 'test/sinks/sources.ts',
  source: 'test/sinks/sources.ts',
};

/** Two intervals, each file full after one of them. */
const ROTATING = `
  const sink = await DirectorySink.open('out', { codec: 'null', rotateSize: 1, rotateEvery: 3_600_000, accounts: false });
  const connection = connectionsTo(sink);
  for (let seq = 1; seq <= 2; seq++) {
    connection(source({ cookie: seq }, seq));
    sink.ledger({ ...emptyLedger('testhost', 'boot'), seq });
    await sink.idle();
  }
  await sink.finish();
  console.log(JSON.stringify({ written: sink.written.units, dropped: sink.refused.units, error: sink.errors[0]?.message ?? null }));`;

function oneFile(name: string): string[] {
  const file = `out/${name}.avro`;
  const header = [`create ${file}`, `create ${file}.crc32`, `pwrite64 ${file}`, `pwrite64 ${file}.crc32`, 'fsync out'];
  const block = [`pwrite64 ${file}`, `pwrite64 ${file}.crc32`];
  return [...header, ...block, `fsync ${file}`, `fsync ${file}.crc32`, 'fsync out'];
}

test('a new directory, a new file and a finished one are synced with their names, the data before its checksums', (context) => {
  const { calls, out, status, errors } = traced(context, temporaryFolder(), MODULES, ROTATING);
  expect(status, errors).toBe(0);
  expect(JSON.parse(out)).toEqual({ written: 2, dropped: 0, error: null });
  const files = ['connection-000001', 'ledger-000001', 'connection-000002', 'ledger-000002'];
  expect(calls).toEqual(['mkdir out', 'fsync .', ...files.flatMap(oneFile)]);
});

test('a name that cannot be synced is a failure, told; so is one of a file that is begun, whose block is lost, counted', (context) => {
  const folder = temporaryFolder();
  // fsync: 1 of the parent, 2 of the first file's name, 3–5 when it is finished.
  const finished = traced(context, folder, MODULES, ROTATING, ['fsync:error=EIO:when=5']);
  expect(JSON.parse(finished.out)).toMatchObject({
    written: 2,
    dropped: 0,
    error: expect.stringMatching(/out failed \(EIO\)/),
  });
  const begun = traced(context, join(folder, 'b'), MODULES, ROTATING, ['fsync:error=EIO:when=2']);
  expect(JSON.parse(begun.out)).toMatchObject({
    written: 1,
    dropped: 1,
    error: expect.stringMatching(/out failed \(EIO\)/),
  });
  expect(begun.calls.slice(6, 10)).toEqual([
    'fsync out EIO',
    'unlink out/connection-000001.avro',
    'fsync out',
    'unlink out/connection-000001.avro.crc32',
  ]);
});

test('a file system that has nothing to sync for a directory is no failure', (context) => {
  const { out } = traced(context, temporaryFolder(), MODULES, ROTATING, ['fsync:error=EINVAL:when=2']);
  expect(JSON.parse(out)).toEqual({ written: 2, dropped: 0, error: null });
});

test('a recording is synced with its name, at its begin and at its end; a discarded one without', (context) => {
  const body = `
    const writer = await RecordingWriter.create('a.ctr', HEADER);
    const payload = new Uint8Array(8 + 64);
    const view = { kind: CORE_KIND.flush, source: 0, seq: 0, fresh: 0, u8: payload, u32: new Uint32Array(payload.buffer), start: 8, length: 64 };
    writer.frame(view);
    await writer.close();
    await (await RecordingWriter.create('b.ctr', HEADER)).discard();`;
  const modules = {
    RecordingWriter: 'src/recording/recording-writer.ts',
    CORE_KIND: 'src/frames/layout.gen.ts',
    HEADER: 'test/recording/header.ts',
  };
  const { calls, status, errors } = traced(context, temporaryFolder(), modules, body);
  expect(status, errors).toBe(0);
  const written = [
    'create a.ctr',
    'fsync .',
    'pwrite64 a.ctr',
    'pwrite64 a.ctr',
    'pwrite64 a.ctr',
    'fsync a.ctr',
    'fsync .',
  ];
  expect(calls).toEqual([...written, 'create b.ctr', 'fsync .', 'pwrite64 b.ctr', 'unlink b.ctr', 'fsync .']);
});
