import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../../src/connections/generated/connection-encoder.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import { CONN } from '../../src/connections/layout.gen.js';
import { ContainerReader } from '../../src/encoding/container-reader.js';
import {
  BlockBuilder,
  CODECS,
  type Codec,
  containerHeader,
  encodeBlock,
  plainBlock,
} from '../../src/encoding/container-writer.js';
import { RecordDecoder } from '../../src/encoding/record-decoder.js';
import { encodeLedger } from '../../src/ledger/generated/ledger-encoder.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { lacksCommand, need } from '../support/require.js';
import { RandomConnections } from './random-connections.js';
import { randomLedger } from './random-ledger.js';
import { referenceConnection } from './reference.js';

const SYNC = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
const folder = mkdtempSync(join(tmpdir(), 'conntrail-avro-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Records whose numbers every reader holds exactly. */
class PlausibleConnections extends RandomConnections {
  override u64(): bigint {
    return BigInt(this.u32());
  }
}

interface Sample {
  bytes: Uint8Array;
  /** Where the header and each block end. */
  ends: number[];
  /** Records of each block. */
  counts: number[];
  expected: ReturnType<typeof referenceConnection>[];
}

async function sample(codec: Codec, blocks: number, perBlock: number): Promise<Sample> {
  const random = new PlausibleConnections(blocks * 31 + perBlock);
  const builder = new BlockBuilder(perBlock * MAX_CONNECTION_BYTES);
  const header = containerHeader({
    schema: CONNECTION.schema,
    codec,
    sync: SYNC,
    metadata: { 'conntrail.test': 'ja' },
  });
  const parts = [header];
  const expected: Sample['expected'] = [];
  const counts: number[] = [];
  for (let b = 0; b < blocks; b++) {
    for (let i = 0; i < perBlock; i++) {
      expect(builder.fits(MAX_CONNECTION_BYTES)).toBe(true);
      const source = random.next();
      builder.end = encodeConnection(builder.bytes, builder.end, source);
      builder.count++;
      expected.push(referenceConnection(source));
    }
    counts.push(perBlock);
    parts.push(await encodeBlock(builder.take()!, codec, SYNC));
  }
  expect(builder.take()).toBeNull();
  let end = 0;
  const ends = parts.map((part) => (end += part.length));
  return { bytes: Buffer.concat(parts), ends, counts, expected };
}

/** The values as a consumer sees them: numbers. */
function plain(record: unknown): unknown {
  return JSON.parse(JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)));
}

async function readAll(bytes: Uint8Array, chunk = 1 << 20) {
  const chunks = (function* () {
    for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
  })();
  const reader = await ContainerReader.open(chunks, 'test.avro');
  const decoder = RecordDecoder.for(reader.header.schema, 'test.avro');
  const records: unknown[] = [];
  for await (const block of reader.blocks()) records.push(...decoder.records(block, 'test.avro'));
  return { reader, records };
}

const code = (name: string) => expect.objectContaining({ name: 'ConntrailError', code: name });

describe.each(CODECS)('a container file with codec %s', (codec) => {
  it('reads back whole, however its bytes arrive', async () => {
    const { bytes, expected } = await sample(codec, 5, 40);
    for (const chunk of [1 << 20, 4096, 7]) {
      const { reader, records } = await readAll(bytes, chunk);
      expect(plain(records)).toEqual(plain(expected));
      expect(reader.end).toEqual({ blocks: 5, records: 200, bytes: bytes.length, torn: 0 });
      expect(new TextDecoder().decode(reader.header.metadata.get('conntrail.test'))).toBe('ja');
    }
  });

  it('holds exactly its whole blocks when cut at any byte', async () => {
    const { bytes, ends } = await sample(codec, 3, 2);
    const [header] = ends as [number];
    const decoder = RecordDecoder.for(CONNECTION.schema, 'test.avro');
    const wrong: unknown[] = [];
    for (let cut = 0; cut < header; cut++) {
      const opened = await ContainerReader.open([bytes.subarray(0, cut)], 'test.avro').catch((error) => error.code);
      if (opened !== 'CONNTRAIL_CUT_SHORT') wrong.push({ cut, opened });
    }
    for (let cut = header; cut <= bytes.length; cut++) {
      const reader = await ContainerReader.open([bytes.subarray(0, cut)], 'test.avro');
      let records = 0;
      for await (const block of reader.blocks()) records += [...decoder.records(block, 'test.avro')].length;
      const blocks = ends.filter((end) => end <= cut).length - 1;
      const whole = ends[blocks]!;
      expect({ decoded: records, ...reader.end }).toEqual({
        decoded: 2 * blocks,
        records: 2 * blocks,
        blocks,
        bytes: whole,
        torn: cut - whole,
      });
    }
    expect(wrong).toEqual([]);
  });

  it('with any byte changed gives records, or an error with a code, and never more than it holds', async () => {
    const { bytes } = await sample(codec, 2, 3);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const copy = Uint8Array.from(bytes);
        copy[at] = copy[at]! ^ change;
        try {
          expect((await readAll(copy)).records.length).toBeLessThanOrEqual(6);
        } catch (error) {
          expect(error).toEqual(
            code(expect.stringMatching(/^CONNTRAIL_(FORMAT|DAMAGED|CUT_SHORT)$/) as unknown as string),
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is read by avsc', async () => {
    const { bytes, expected } = await sample(codec, 4, 25);
    const decoder = new avro.streams.BlockDecoder();
    const records: unknown[] = [];
    decoder.on('data', (record) => records.push(record));
    decoder.end(Buffer.from(bytes));
    await new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject));
    expect(plain(records)).toEqual(plain(expected));
  });

  it("is read by Avro's C library (avrocat)", async (context) => {
    need(context, 'avrocat', lacksCommand('avrocat'));
    const { bytes, expected, ends } = await sample(codec, 4, 25);
    const file = join(folder, `${codec}.avro`);
    writeFileSync(file, bytes);
    const lines = () =>
      execFileSync('avrocat', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
        .trim()
        .split('\n');
    const cookies = (text: string[]) => text.map((line) => JSON.parse(line).cookie);
    expect(cookies(lines())).toEqual(expected.map((record) => Number(record.cookie)));
    writeFileSync(file, bytes.subarray(0, ends[3]! + 100));
    let read: string[];
    try {
      read = lines();
    } catch (error) {
      read = String((error as { stdout: string }).stdout)
        .trim()
        .split('\n');
    }
    expect(read).toHaveLength(75);
  });

  it("is read by Avro's Python library", async (context) => {
    need(context, 'python3-avro', lacksPythonAvro());
    const { bytes, expected } = await sample(codec, 4, 25);
    const file = join(folder, `${codec}-python.avro`);
    writeFileSync(file, bytes);
    const script = [
      'import json, sys, avro.datafile, avro.io',
      'for r in avro.datafile.DataFileReader(open(sys.argv[1], "rb"), avro.io.DatumReader()):',
      '    print(json.dumps([r["cookie"], r["seq"], r["local"], r["remote"], r["process"], r["total"], r["failure"], r["tcp"]]))',
    ].join('\n');
    const printed = execFileSync(PYTHON, ['-c', script, file], { encoding: 'utf8' });
    const picked = expected.map((r) => [r.cookie, r.seq, r.local, r.remote, r.process, r.total, r.failure, r.tcp]);
    expect(
      printed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(plain(picked));
  });
});

/** Debian's interpreter: the one its packages are for. */
const PYTHON = '/usr/bin/python3';

function lacksPythonAvro(): string | null {
  try {
    execFileSync(PYTHON, ['-c', 'import avro.datafile'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'python3-avro is not installed';
  }
}

describe('ContainerReader', () => {
  it('refuses what is no container file, or has another codec or schema', async () => {
    await expect(readAll(Buffer.from('PK\u0003\u0004 and so on'))).rejects.toEqual(code('CONNTRAIL_FORMAT'));
    await expect(readAll(Buffer.from('Ob'))).rejects.toEqual(code('CONNTRAIL_CUT_SHORT'));
    await expect(readAll(Buffer.alloc(0))).rejects.toEqual(code('CONNTRAIL_CUT_SHORT'));
    const snappy = containerHeader({ schema: LEDGER.schema, codec: 'snappy' as Codec, sync: SYNC });
    await expect(readAll(snappy)).rejects.toEqual(code('CONNTRAIL_FORMAT'));
    for (const schema of ['"string"', '{', '{"type":"record","name":"Other","fields":[]}']) {
      await expect(readAll(containerHeader({ schema, codec: 'null', sync: SYNC }))).rejects.toEqual(
        code('CONNTRAIL_FORMAT'),
      );
    }
  });

  it('says at which byte a block is damaged, and what is whole before it', async () => {
    const { bytes, ends } = await sample('null', 3, 2);
    bytes[ends[2]! - 1]! ^= 1;
    await expect(readAll(bytes)).rejects.toThrow(
      `test.avro is damaged: the block at byte ${ends[1]} does not end in the file's sync marker; the 1 blocks (2 records) before it are whole`,
    );
    const huge = Buffer.concat([bytes.subarray(0, ends[0]), Buffer.from([2, 0xfe, 0xff, 0xff, 0xff, 0x7f])]);
    await expect(readAll(huge)).rejects.toEqual(code('CONNTRAIL_DAMAGED'));
  });

  it('refuses a block whose records do not add up', async () => {
    const random = new PlausibleConnections(3);
    for (const [count, extra] of [
      [2, 0],
      [1, 1],
    ] as const) {
      const builder = new BlockBuilder(4096);
      builder.end = encodeConnection(builder.bytes, builder.end, random.next()) + extra;
      builder.count = count;
      const header = containerHeader({ schema: CONNECTION.schema, codec: 'null', sync: SYNC });
      const file = Buffer.concat([header, plainBlock(builder.take()!, SYNC)]);
      await expect(readAll(file)).rejects.toEqual(code('CONNTRAIL_DAMAGED'));
    }
  });

  it('decodes ids of 64 bits exactly', async () => {
    const random = new PlausibleConnections(9);
    const source = random.next();
    random.view.setBigUint64(source.base + CONN.cookie, (1n << 62n) + 1n, true);
    random.view.setBigUint64(source.base + CONN.netns_cookie, (1n << 64n) - 6n, true);
    const builder = new BlockBuilder();
    builder.end = encodeConnection(builder.bytes, builder.end, source);
    builder.count++;
    const header = containerHeader({ schema: CONNECTION.schema, codec: 'null', sync: SYNC });
    const { records } = await readAll(Buffer.concat([header, plainBlock(builder.take()!, SYNC)]));
    expect(records).toMatchObject([{ cookie: (1n << 62n) + 1n, netns: { cookie: -6 } }]);
  });

  it('reads records of an older schema', async () => {
    const older = JSON.parse(LEDGER.schema) as { fields: { name: string }[] };
    older.fields = older.fields.filter(({ name }) => name !== 'intervals');
    const type = avro.Type.forSchema(older as avro.Schema);
    const ledger = randomLedger(4);
    const builder = new BlockBuilder();
    builder.bytes.set(type.toBuffer(ledger), builder.end);
    builder.end += type.toBuffer(ledger).length;
    builder.count++;
    const header = containerHeader({ schema: JSON.stringify(older), codec: 'null', sync: SYNC });
    const { records } = await readAll(Buffer.concat([header, plainBlock(builder.take()!, SYNC)]));
    expect(records).toEqual([{ ...ledger, intervals: 1 }]);
  });
});

describe('ledger records', () => {
  it('read back from a container file', async () => {
    const builder = new BlockBuilder();
    const ledgers = Array.from({ length: 30 }, (_, i) => randomLedger(i));
    for (const ledger of ledgers) {
      builder.end = encodeLedger(builder.bytes, builder.end, ledger);
      builder.count++;
    }
    const header = containerHeader({ schema: LEDGER.schema, codec: 'deflate', sync: SYNC });
    const file = Buffer.concat([header, await encodeBlock(builder.take()!, 'deflate', SYNC)]);
    expect((await readAll(file)).records).toEqual(ledgers);
  });
});
