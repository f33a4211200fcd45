import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KIND } from '../../src/connections/layout.gen.js';
import { ConntrailError, type ErrorCode } from '../../src/errors.js';
import { CORE_KIND, FRAME } from '../../src/frames/layout.gen.js';
import {
  BLOCK_BYTES,
  BLOCK_HEAD_BYTES,
  encodeStart,
  PREAMBLE_BYTES,
  TRAILER_BYTES,
} from '../../src/recording/format.js';
import { encodeHeader } from '../../src/recording/header.js';
import { HEADER, headerWith, readAll, record, type TestFrame, temporaryFolder } from './helpers.js';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const frame: fc.Arbitrary<TestFrame> = fc.record({
  kind: fc.integer({ min: 1, max: 0xffff }),
  source: fc.integer({ min: 0, max: 0xffff }),
  seq: u32,
  fresh: u32,
  bootNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

function frames(count: number, length: number): TestFrame[] {
  return Array.from({ length: count }, (_, seq) => ({
    kind: seq % 3 === 2 ? CORE_KIND.flush : KIND.batch,
    source: 0,
    seq,
    fresh: 1,
    bootNs: BigInt(seq),
    payload: new Uint8Array(length).fill(seq),
  }));
}

async function failure(path: string): Promise<ErrorCode | null> {
  try {
    await readAll(path);
    return null;
  } catch (error) {
    if (!(error instanceof ConntrailError)) throw error;
    return error.code;
  }
}

describe('a recording', () => {
  test('gives back every frame, untouched and in order', async () => {
    const folder = temporaryFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 40 }), async (given) => {
        const path = join(folder, `${run++}.ctr`);
        await record(path, given);
        const { frames: got, reader } = await readAll(path);
        expect(got).toEqual(given);
        expect(reader.header).toEqual(HEADER);
        expect(reader.complete).toBe(true);
        expect(reader.totals.frames).toBe(given.length);
      }),
      { numRuns: 100 },
    );
  });

  test('has mode 0640, and is never written over another file', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    await record(path, []);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    await expect(record(path, [])).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_EXISTS' });
  });

  test('splits blocks at their size and after each flush; a larger frame has its own', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    const given: TestFrame[] = [
      ...frames(2, 4096),
      ...frames(3, 8),
      {
        kind: KIND.snapshot,
        source: 0,
        seq: 9,
        fresh: 0,
        bootNs: 9n,
        payload: new Uint8Array(3 * BLOCK_BYTES).fill(7),
      },
      ...frames(1, 8),
    ];
    await record(path, given);
    const { frames: got, reader } = await readAll(path);
    // By checksum: comparing arrays of this size element by element takes seconds.
    const sums = (list: TestFrame[]): number[] => list.map(({ payload }) => crc32(payload));
    expect(sums(got)).toEqual(sums(given));
    expect(reader.totals.blocks).toBe(3);
  });
});

describe('a recording that was cut off', () => {
  test('at any byte yields exactly its whole blocks and says so', async () => {
    const folder = temporaryFolder();
    const whole = join(folder, 'whole.ctr');
    await record(whole, frames(7, 24));
    const bytes = readFileSync(whole);
    const block = BLOCK_HEAD_BYTES + 3 * (FRAME.size + 24);
    const start = bytes.byteLength - TRAILER_BYTES - (BLOCK_HEAD_BYTES + FRAME.size + 24) - 2 * block;
    for (let length = 0; length < bytes.byteLength; length++) {
      const path = join(folder, 'cut.ctr');
      writeFileSync(path, bytes.subarray(0, length));
      if (length < start) {
        expect(await failure(path)).toBe(length < PREAMBLE_BYTES ? 'CONNTRAIL_FORMAT' : 'CONNTRAIL_DAMAGED');
        continue;
      }
      const { frames: got, reader } = await readAll(path);
      const blocks =
        length - start < 2 * block
          ? Math.floor((length - start) / block)
          : length >= bytes.byteLength - TRAILER_BYTES
            ? 3
            : 2;
      expect(got.length).toBe(blocks === 3 ? 7 : blocks * 3);
      expect(reader.complete).toBe(false);
    }
  });
});

describe('a damaged recording', () => {
  test('is refused whichever byte is wrong', async () => {
    const folder = temporaryFolder();
    const whole = join(folder, 'whole.ctr');
    await record(whole, frames(4, 20));
    const bytes = readFileSync(whole);
    const path = join(folder, 'flipped.ctr');
    const unguarded: number[] = [];
    for (let i = 0; i < bytes.byteLength; i++) {
      const copy = Buffer.from(bytes);
      copy[i]! ^= 1 << (i % 8);
      writeFileSync(path, copy);
      const code = await failure(path);
      if (code === null) {
        const { reader } = await readAll(path);
        if (reader.complete) unguarded.push(i);
      }
    }
    expect(unguarded).toEqual([]);
  });

  test('is refused when something follows the trailer', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    await record(path, frames(3, 8));
    appendFileSync(path, 'x');
    expect(await failure(path)).toBe('CONNTRAIL_DAMAGED');
  });
});

describe('a file of another kind', () => {
  const cases: [string, (bytes: Buffer) => Buffer, ErrorCode][] = [
    ['text', () => Buffer.from('once upon a time there was a connection'), 'CONNTRAIL_FORMAT'],
    ['empty', () => Buffer.alloc(0), 'CONNTRAIL_FORMAT'],
    ['an earlier format', (bytes) => Buffer.from(bytes).fill(1, 8, 9), 'CONNTRAIL_VERSION'],
    ['a later format', (bytes) => Buffer.from(bytes).fill(3, 8, 9), 'CONNTRAIL_VERSION'],
  ];
  test.each(cases)('%s', async (_, alter, code) => {
    const path = join(temporaryFolder(), 'a.ctr');
    await record(path, []);
    writeFileSync(path, alter(readFileSync(path)));
    expect(await failure(path)).toBe(code);
  });

  test('another wire layout', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    writeFileSync(
      path,
      encodeStart(encodeHeader({ ...HEADER, layouts: { ...HEADER.layouts, core: '0123456789abcdef' } })),
    );
    expect(await failure(path)).toBe('CONNTRAIL_LAYOUT');
  });

  test.each<[string, object]>([
    ['a table beyond any memory', headerWith({ max_connections: 2 ** 45 })],
    ['a host name no record has room for', { host: 'é'.repeat(128) }],
    ['a boot id no record has room for', { boot_id: 'x'.repeat(65) }],
  ])('a header, its checksum right, that asks for %s', async (_, altered) => {
    const path = join(temporaryFolder(), 'a.ctr');
    writeFileSync(path, encodeStart(Buffer.from(JSON.stringify({ ...HEADER, ...altered }))));
    expect(await failure(path)).toBe('CONNTRAIL_DAMAGED');
  });

  test('a path that is not there, and a folder', async () => {
    const folder = temporaryFolder();
    expect(await failure(join(folder, 'none.ctr'))).toBe('CONNTRAIL_IO');
    expect(await failure(folder)).toBe('CONNTRAIL_IO');
  });
});
