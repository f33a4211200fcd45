import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import avro from 'avsc';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import { STATE } from '../../src/connections/layout.gen.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { RECORD_TYPES } from '../../src/records.gen.js';
import { ContainerFile } from '../../src/sinks/directory/container-file.js';
import {
  DIRECTORY_BACKLOG_BYTES,
  type DirectoryOptions,
  DirectorySink,
} from '../../src/sinks/directory/directory-sink.js';
import { fileName, parseFileName } from '../../src/sinks/directory/file-name.js';
import { temporaryFolder } from '../recording/helpers.js';
import { emptyLedger } from '../support/ledger-record.js';
import { connectionLedger } from '../support/ledgers.js';
import { onSmallDisk } from '../support/small-disk.js';
import { connectionsTo, source } from './sources.js';

const OPTIONS: DirectoryOptions = { codec: 'deflate', rotateSize: 1 << 30, rotateEvery: 3_600_000 };

/** Three intervals of 101 connections. */
async function fill(directory: string, options: Partial<DirectoryOptions> = {}): Promise<DirectorySink> {
  const sink = await DirectorySink.open(directory, { ...OPTIONS, ...options });
  const connection = connectionsTo(sink);
  let seq = 0;
  for (let interval = 1; interval <= 3; interval++) {
    for (let i = 0; i < 101; i++) connection(source({ cookie: ++seq }, seq));
    sink.ledger(connectionLedger(interval, seq - 100, seq));
    await sink.idle();
  }
  await sink.finish();
  return sink;
}

function containers(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.avro'));
}

function read(path: string): Promise<{ seq: number }[]> {
  return new Promise((resolve, reject) => {
    const records: { seq: number }[] = [];
    avro
      .createFileDecoder(path)
      .on('data', (record: { seq: number }) => records.push(record))
      .on('end', () => resolve(records))
      .on('error', reject);
  });
}

describe('a directory', () => {
  test('holds one container file per record type, mode 0640, that avsc reads', async () => {
    const directory = join(temporaryFolder(), 'out');
    const sink = await fill(directory);
    expect(sink.written.of(CONNECTION)).toEqual({ records: 303, units: 303 });
    expect(sink.written.of(LEDGER)).toEqual({ records: 3, units: 0 });
    expect(sink.refused.records).toBe(0);
    expect(statSync(directory).mode & 0o777).toBe(0o750);
    const names = containers(directory);
    expect(names.map((name) => parseFileName(name)!.record)).toEqual(['connection', 'ledger', 'output']);
    for (const name of names) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o640);
    const records = await read(join(directory, names[0]!));
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 303 }, (_, i) => i + 1));
    expect((await read(join(directory, names[1]!))).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await read(join(directory, names[2]!))).toMatchObject(
      [1, 2, 3].map((seq) => ({
        seq,
        ledger_seq: seq,
        series: [
          { record: 'connection', written: { records: 101 * seq, units: 101 * seq } },
          { record: 'ledger', written: { records: seq } },
        ],
      })),
    );
  });

  test('begins another file at a size, and after a time', async () => {
    for (const limit of [{ rotateSize: 1 }, { rotateEvery: 0 }]) {
      const directory = join(temporaryFolder(), 'out');
      await fill(directory, limit);
      const names = containers(directory).filter((name) => name.startsWith('connection'));
      expect(names.map((name) => parseFileName(name)!.sequence)).toEqual([1, 2, 3]);
      const all = (await Promise.all(names.map((name) => read(join(directory, name))))).flat();
      expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 303 }, (_, i) => i + 1));
    }
  });

  test('has the running checksum of every block beside it', async () => {
    const directory = join(temporaryFolder(), 'out');
    await fill(directory);
    const path = join(directory, containers(directory)[0]!);
    const bytes = readFileSync(path);
    const lines = readFileSync(`${path}.crc32`, 'latin1').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      const [sum, end] = line.split(' ');
      expect(Number.parseInt(sum!, 16)).toBe(crc32(bytes.subarray(0, Number(end))));
    }
    expect(lines.at(-1)!.split(' ')[1]).toBe(String(bytes.byteLength));
  });

  test('takes a second run beside the first', async () => {
    const directory = join(temporaryFolder(), 'out');
    await fill(directory);
    await fill(directory);
    expect(containers(directory)).toHaveLength(6);
  });
});

describe('a flood', () => {
  /** 65 bytes a record at least, so that these are more than may wait. */
  const FLOOD = Math.ceil(DIRECTORY_BACKLOG_BYTES / 65) + 100_000;

  /** Nothing is written before the caller lets the event loop turn. */
  const flooded = async (directory: string) => {
    const sink = await DirectorySink.open(directory, { ...OPTIONS, codec: 'null' });
    const connection = connectionsTo(sink);
    const record = source();
    for (let i = 0; i < FLOOD; i++) connection(record);
    return sink;
  };

  test('of one record type does not cost another one', async () => {
    const directory = join(temporaryFolder(), 'out');
    const sink = await flooded(directory);
    expect(sink.refused.of(CONNECTION).records).toBeGreaterThan(0);
    const other = { ...CONNECTION, name: 'other', index: RECORD_TYPES.length };
    const port = sink.port(other);
    for (let i = 0; i < 100; i++) port.write(source(), 1);
    sink.ledger(connectionLedger(1, 1, FLOOD));
    await sink.finish();
    expect(sink.refused.of(other)).toEqual({ records: 0, units: 0 });
    expect(sink.written.of(other)).toEqual({ records: 100, units: 100 });
    expect(sink.written.of(CONNECTION).records + sink.refused.of(CONNECTION).records).toBe(FLOOD);
  });

  test('is written many blocks at once: each call takes turns of a thread that is busy', async () => {
    const directory = join(temporaryFolder(), 'out');
    const sink = await flooded(directory);
    const write = vi.spyOn(ContainerFile.prototype, 'write');
    onTestFinished(() => write.mockRestore());
    await sink.finish();
    const blocks = write.mock.calls.reduce((sum, [{ length }]) => sum + length, 0);
    expect(blocks).toBeGreaterThan(500);
    expect(write.mock.calls.length).toBeLessThan(blocks / 10);
  });
});

describe('a directory is refused', () => {
  test('when it holds what conntrail did not write', async () => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, '.hidden'), '');
    await expect(DirectorySink.open(directory, OPTIONS)).resolves.toBeDefined();
    writeFileSync(join(directory, 'notes.txt'), '');
    await expect(DirectorySink.open(directory, OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_FOREIGN' });
  });

  test('when a link has the name of an output file', async () => {
    const directory = temporaryFolder();
    symlinkSync('/etc/hostname', join(directory, fileName('ledger', new Date(), 1)));
    await expect(DirectorySink.open(directory, OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_FOREIGN' });
  });

  test('when everybody may write to it', async () => {
    const directory = temporaryFolder();
    chmodSync(directory, 0o777);
    await expect(DirectorySink.open(directory, OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_FOREIGN' });
  });

  test('when it is a file, or its parent is not there', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(DirectorySink.open(join(folder, 'file'), OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
    await expect(DirectorySink.open(join(folder, 'a/b'), OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
  });
});

describe('a full disk', () => {
  test('loses whole blocks, counted, and what is stored stays whole', async (context) => {
    await onSmallDisk(context, join(temporaryFolder(), 'small'), 256, async (mount, grow) => {
      const sink = await DirectorySink.open(mount, { ...OPTIONS, codec: 'null' });
      const connection = connectionsTo(sink);
      let seq = 0;
      const write = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) connection(source({ cookie: ++seq }, seq));
        sink.ledger({ ...emptyLedger('testhost', 'boot'), seq: 1 });
        await sink.idle();
      };
      for (let i = 0; i < 10; i++) await write(500);
      expect(sink.errors).toMatchObject([{ code: 'CONNTRAIL_IO' }]);
      expect(sink.refused.units).toBeGreaterThan(0);
      expect(sink.written.units + sink.refused.units).toBe(5000);
      grow(8192);
      await write(500);
      await sink.finish();
      expect(sink.written.units + sink.refused.units).toBe(5500);
      const names = containers(mount).filter((name) => name.startsWith('connection'));
      const records = (await Promise.all(names.map((name) => read(join(mount, name))))).flat();
      expect(records).toHaveLength(sink.written.of(CONNECTION).records);
      expect(records.at(-1)!.seq).toBe(5500);
    });
  });
});

test('what is given up counts as refused, once, though the disk may take it later', async () => {
  const sink = await DirectorySink.open(join(temporaryFolder(), 'out'), OPTIONS);
  const closed = () => source({ cookie: 1, state: STATE.closed }, 1);
  const connection = connectionsTo(sink);
  for (let i = 0; i < 101; i++) connection(closed());
  await sink.idle();
  const finished = sink.finish();
  sink.abandon();
  sink.abandon();
  expect([sink.written.units, sink.refused.units]).toEqual([0, 101]);
  expect(sink.errors).toMatchObject([{ code: 'CONNTRAIL_BEHIND' }]);
  await finished;
  expect([sink.written.units, sink.refused.units]).toEqual([0, 101]);
});
