import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { containerHeader } from '../../src/encoding/container-writer.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { AvroStreamWriter } from '../../src/sinks/avro-writer.js';
import { DirectorySink } from '../../src/sinks/directory/directory-sink.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { verify } from '../../src/verify/verify.js';
import { HEADER, temporaryFolder } from '../recording/helpers.js';
import { type SessionOptions, session } from '../recording/session.js';
import { CollectingSink } from '../sinks/collecting-sink.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { emptyAccount, emptyLedger } from '../support/ledger-record.js';

const WHOLE: SessionOptions = { intervals: 5, perInterval: 61, lost: 13 };

/** All four forms of one session, in a folder. */
async function outputs(
  options: SessionOptions,
): Promise<Record<'recording' | 'directory' | 'avro' | 'ndjson', string>> {
  const folder = temporaryFolder();
  const paths = {
    recording: join(folder, 'a.ctr'),
    directory: join(folder, 'out'),
    avro: join(folder, 'a.avro'),
    ndjson: join(folder, 'a.ndjson'),
  };
  const recording = await RecordingWriter.create(paths.recording, HEADER);
  const sinks = [new CollectingSink(), new CollectingSink()] as const;
  // Every block in a file of its own, so that files can be lost.
  const directory = await DirectorySink.open(paths.directory, { codec: 'null', rotateSize: 1, rotateEvery: 1e9 });
  const pipeline = connectionPipeline({
    host: HEADER.host,
    bootId: HEADER.boot_id,
    run: HEADER.run,
    clients: [new AvroStreamWriter(sinks[0]), new NdjsonWriter(sinks[1]), directory].map((writer) => ({
      name: 'test',
      writer,
    })),
  });
  for (const frame of session(options)) {
    recording.frame(frame);
    pipeline.push(frame);
  }
  pipeline.close();
  await recording.close();
  await directory.finish();
  writeFileSync(paths.avro, sinks[0].bytes);
  writeFileSync(paths.ndjson, sinks[1].bytes);
  return paths;
}

async function faults(path: string): Promise<string[]> {
  return (await verify(path)).faults;
}

describe('a whole output', () => {
  test.each(['recording', 'directory', 'avro', 'ndjson'] as const)('%s: everything is accounted for', async (kind) => {
    const report = await verify((await outputs(WHOLE))[kind]);
    expect(report).toMatchObject({
      kind,
      types: { connection: { records: 310, units: 305 } },
      ledgers: 5,
      lost: 13,
      faults: [],
    });
  });
});

test('a ledger record of all that there can be in one is a line as any other', async () => {
  const path = join(temporaryFolder(), 'a.ndjson');
  // The longest in JSON: six characters per byte.
  const names = Array.from({ length: 16 }, (_, i) => '\u0001'.repeat(30) + i.toString(16));
  const discarded = Object.fromEntries(names.map((name) => [name, 0]));
  const accounts = Array.from({ length: 32 }, (_, i) => ({ ...emptyAccount(`f${i}`), discarded, notes: discarded }));
  const ledger = { ...emptyLedger('h', 'b'), seq: 1, final: true, accounts };
  const bytes = new Uint8Array(LEDGER.mostJson);
  const line = bytes.subarray(0, LEDGER.json(bytes, 0, ledger));
  expect(line.byteLength).toBeGreaterThan(1 << 17);
  writeFileSync(path, line);
  const { ledgers, faults: found } = await verify(path);
  expect(ledgers).toBe(1);
  expect(found.filter((fault) => !fault.includes('a feature that this conntrail does not know'))).toEqual([]);
});

describe('an output that was cut short', () => {
  test.each(['recording', 'directory', 'avro', 'ndjson'] as const)('%s: says after what', async (kind) => {
    const found = await faults((await outputs({ ...WHOLE, final: false }))[kind]);
    expect(found).toEqual([expect.stringMatching(/^no final ledger: the output was cut short after seq 310/)]);
  });

  test('within a block of a recording: names the torn bytes', async () => {
    const { recording } = await outputs(WHOLE);
    truncateSync(recording, readFileSync(recording).byteLength - 100);
    expect((await faults(recording))[0]).toMatch(
      /^no trailer: the recording was cut short after block 4 \(\d+ frames\), \d+ bytes of a torn one/,
    );
  });

  test('within a line', async () => {
    const { ndjson } = await outputs(WHOLE);
    truncateSync(ndjson, readFileSync(ndjson).byteLength - 10);
    expect((await faults(ndjson))[0]).toMatch(/was cut short within line 315$/);
  });

  test('within a block of a container: names file and bytes', async () => {
    const { directory } = await outputs(WHOLE);
    const last = readdirSync(directory)
      .filter((name) => /^ledger.*avro$/.test(name))
      .at(-1)!;
    truncateSync(join(directory, last), readFileSync(join(directory, last)).byteLength - 10);
    const found = await faults(directory);
    expect(found.some((fault) => fault.startsWith(last) && fault.includes('was cut short'))).toBe(true);
    expect(found.some((fault) => fault.includes('no final ledger'))).toBe(true);
  });
});

describe('an output that was tampered with', () => {
  test('a connection is missing', async () => {
    const { ndjson } = await outputs(WHOLE);
    const lines = readFileSync(ndjson, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"seq":100,'));
    writeFileSync(ndjson, lines.toSpliced(at, 1).join('\n'));
    expect((await faults(ndjson))[0]).toBe('1 connection records are missing, the first at seq 100');
  });

  test('a ledger record tells another figure', async () => {
    const path = join(temporaryFolder(), 'a.ndjson');
    const { ndjson } = await outputs(WHOLE);
    writeFileSync(path, readFileSync(ndjson, 'utf8').replace('"buffer_full":13', '"buffer_full":12'));
    expect((await faults(path))[0]).toMatch(/^I1 of connections does not hold at ledger seq \d+: Σ attempted = /);
  });

  test('a file of the series is missing', async () => {
    const { directory } = await outputs(WHOLE);
    const name = readdirSync(directory).filter((file) => /^connection.*avro$/.test(file))[1]!;
    unlinkSync(join(directory, name));
    unlinkSync(join(directory, `${name}.crc32`));
    const found = await faults(directory);
    expect(found).toContain('connection file 2 of 5 is missing');
    expect(found.some((fault) => fault.includes('connection records are missing'))).toBe(true);
  });

  test('any flipped byte of a container file is found', async () => {
    const { directory } = await outputs({ intervals: 1, perInterval: 3 });
    const name = readdirSync(directory).find((file) => /^connection.*avro$/.test(file))!;
    const path = join(directory, name);
    const bytes = readFileSync(path);
    for (let i = 0; i < bytes.byteLength; i += 97) {
      const copy = Buffer.from(bytes);
      copy[i]! ^= 1 << (i % 8);
      writeFileSync(path, copy);
      expect(await faults(directory), `byte ${i}`).not.toEqual([]);
    }
  });

  test('a foreign file lies in the directory', async () => {
    const { directory } = await outputs(WHOLE);
    writeFileSync(join(directory, 'notes.txt'), 'x');
    expect(await faults(directory)).toEqual(['"notes.txt" was not written by conntrail']);
  });

  test('a container of somebody else has one of our names', async () => {
    const { directory, avro } = await outputs(WHOLE);
    appendFileSync(avro, 'x');
    renameSync(avro, join(directory, 'connection-20261120T081203.123Z-000009.avro'));
    expect(await faults(directory)).not.toEqual([]);
  });
});

describe('something else', () => {
  test('text, nothing, and an empty directory', async () => {
    const folder = temporaryFolder();
    for (const content of ['hello', '', '{"some":"json"}\n']) {
      writeFileSync(join(folder, 'x'), content);
      expect(await faults(join(folder, 'x'))).toHaveLength(1 + (content.startsWith('{') ? 1 : 0));
    }
    expect(await faults(temporaryFolder())).toEqual(['there is no output of conntrail in it']);
  });

  test('a pipe is an error, at once: nobody may ever write into it', async () => {
    const pipe = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(verify(pipe)).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
  });

  test('a stream whose records are named as ours and are not', async () => {
    const record = (name: string) => ({
      type: 'record',
      name,
      namespace: 'conntrail',
      fields: [{ name: 'x', type: 'int' }],
    });
    const schema = JSON.stringify([record('Connection'), record('Ledger')]);
    const sync = new Uint8Array(16);
    const block = Uint8Array.of(2, 4, 2, 0);
    const path = join(temporaryFolder(), 'a.avro');
    writeFileSync(path, Buffer.concat([containerHeader({ schema, codec: 'null', sync }), block, sync]));
    expect(await faults(path)).toEqual([expect.stringContaining('records of another schema')]);
  });

  test('a path that cannot be read is an error', async () => {
    await expect(verify('/nonexistent/x')).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
  });
});
