/** The generator over schemas of its own: every kind of leaf, compiled, against avsc and JSON.stringify. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import avro from 'avsc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fragments, Slice } from '../../src/encoding/fragments.js';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import { streamSchema } from '../../src/encoding/stream-schema.js';
import { xorshift } from '../encoding/random-connections.js';
import { compiled, complaints, generated } from '../support/generated.js';

const FOLDER = fileURLToPath(new URL('fixtures', import.meta.url));
const encoder = new TextEncoder();
const HOST = encoder.encode('host-7');
const BOOT_ID = encoder.encode('5f0c3c1e-3a5e-4f7e-9a39-0d6a1c2b3d4e');

let files: ReadonlyMap<string, string>;
let types: readonly RecordType<RecordSource>[];
let remove = (): void => {};
beforeAll(async () => {
  files = await generated(FOLDER);
  ({ types, remove } = await compiled(files));
});
afterAll(() => remove());

interface Place {
  label: string;
  depth: number;
}

/** What a source of one of the fixtures' records has; each uses its part of it. */
interface Source extends RecordSource {
  [member: string]: unknown;
}

const typeNamed = (name: string): RecordType<Source> => types.find((type) => type.name === name)!;
const avroOf = (name: string): avro.Type => avro.Type.forSchema(JSON.parse(typeNamed(name).schema));
const PLACE = (): avro.Type => avro.Type.forSchema({ ...JSON.parse(placeText()), namespace: 'conntrail' });
const placeText = (): string =>
  JSON.stringify(
    (JSON.parse(typeNamed('quick').schema) as { fields: { name: string; type: [null, object] }[] }).fields.find(
      ({ name }) => name === 'first',
    )!.type[1],
  );

function sliceOf(bytes: Uint8Array): Slice {
  const padded = new Uint8Array(bytes.length + 5).fill(0xff);
  padded.set(bytes, 3);
  return { bytes: padded, start: 3, end: 3 + bytes.length };
}

/** Handle n is value n - 1. */
function fragmentsOf(values: readonly unknown[], type: avro.Type): Fragments {
  return {
    avro: (handle) => sliceOf(type.toBuffer(values[handle - 1])),
    json: (handle) => sliceOf(encoder.encode(JSON.stringify(values[handle - 1]))),
  };
}

const LABELS = ['', 'a', 'größer', 'q"uote\\', 'zwölf Zeich'];
const PLACES: Place[] = LABELS.map((label, i) => ({ label, depth: 7 ** (3 * i) }));

function encoded(type: RecordType<Source>, source: Source): { binary: Buffer; line: string } {
  const out = Buffer.alloc(3 + Math.max(type.most, type.mostJson));
  const end = type.encode(out, 3, source);
  expect(end - 3).toBeLessThanOrEqual(type.most);
  const binary = Buffer.from(out.subarray(3, end));
  const endOfLine = type.json(out, 3, source);
  expect(endOfLine - 3).toBeLessThanOrEqual(type.mostJson);
  return { binary, line: out.toString('utf8', 3, endOfLine) };
}

/** µs as NDJSON has them. */
const time = (us: number): string =>
  new Date(Math.floor(us / 1000)).toISOString().replace('Z', `${String(us % 1000).padStart(3, '0')}Z`);

/** A source of `leaves`, and the record it is. */
function leaves(seed: number): { source: Source; record: Record<string, unknown> } {
  const random = xorshift(seed);
  const n = (): number => random() >>> (random() % 32);
  const memory = new ArrayBuffer(64);
  const [u8, u32] = [new Uint8Array(memory), new Uint32Array(memory)];
  for (let i = 0; i < 8; i++) u32[i] = i === 1 || i === 3 ? random() % 1_000_000 : random();
  const name = ['nginx', '', 'a b'][random() % 3]!;
  u8.fill(0, 16, 32);
  u8.set(encoder.encode(name), 16);
  u8.set([1, 2, 3, 4], 32);
  const handle = random() % (PLACES.length + 1);
  const numbers = Array.from({ length: 5 }, () => n() * (random() % 3 === 0 ? -1 : 4096) + 0);
  const keys = ['rx', 'tx', 'größe', 'x'].slice(0, random() % 5);
  const places = PLACES.slice(0, random() % 4);
  const values = Float64Array.of(
    n(),
    random() & 0xffff,
    random() % 5,
    random() % 2,
    random() % 2,
    u32[8]!,
    random() % 2,
  );
  const score = random() % 2 === 0 ? Number.NaN : random() / 7;
  const source: Source = {
    ...{
      u8,
      u32,
      base: 0,
      host: HOST,
      bootId: BOOT_ID,
      run: 300,
      seq: n(),
      wallOffsetUs: 1_790_000_000_000_000,
      v4: true,
    },
    ...{ values, ratio: (random() - 2 ** 31) / (n() + 1), text: LABELS[random() % 5]!, length: random() % 17, score },
    ...{ count: random() % 6, numbers, places, keys, handle, fragments: fragmentsOf(PLACES, PLACE()) },
  };
  const ns = BigInt(u32[1]!) * 4294967296n + BigInt(u32[0]!);
  const record = {
    host: 'host-7',
    boot_id: '5f0c3c1e-3a5e-4f7e-9a39-0d6a1c2b3d4e',
    run: 300,
    seq: source.seq,
    id: Number(ns),
    word: values[0]!,
    half: values[1]!,
    colour: ['red', 'green', 'blue', 'red', 'red'][values[2]!],
    flag: values[3] !== 0,
    bit: values[4]! > 0 ? 1 : 0,
    at: values[6] === 0 ? null : Number(ns / 1000n) + 1_790_000_000_000_000,
    ratio: source.ratio,
    address: '1.2.3.4',
    name,
    text: source.text,
    payload: Buffer.from(u8.slice(0, source.length as number)),
    numbers: numbers.slice(0, source.count as number),
    places,
    totals: Object.fromEntries(keys.map((key, i) => [key, numbers[i]!])),
    joined: handle === 0 ? null : PLACES[handle - 1]!,
    score: Number.isNaN(score) ? null : score,
  };
  return { source, record };
}

function plain(seed: number): Source & { when: number; raw: Buffer } {
  const random = xorshift(seed);
  const n = (): number => random() >>> (random() % 32);
  const some = <T>(most: number, make: (i: number) => T): T[] =>
    Array.from({ length: random() % (most + 1) }, (_, i) => make(i));
  return {
    host: 'host-7',
    boot_id: 'boot',
    run: n(),
    seq: n(),
    kind: random() % 2 === 0 ? 'one' : 'other_one',
    ratio: n() / 1000,
    raw: Buffer.from(some(8, () => random() & 0xff)),
    rows: some(4, (i) => ({
      name: LABELS[i]!,
      last: random() % 2 === 0 ? null : n(),
      counts: Object.fromEntries(some(3, (k) => [`k${k}`, n()])),
      inner: some(2, () => some(2, n)),
    })),
    place: random() % 2 === 0 ? null : PLACES[1]!,
    when: 1_790_000_000_000_000 + n(),
  };
}

describe('what is generated', () => {
  test('compiles where it would stand', () => {
    const source = (name: string): string => `export interface ${name} extends RecordIdentity {
      u8: Uint8Array; u32: Uint32Array; base: number; seq: number; wallOffsetUs: number; v4: boolean; values: Float64Array;
      ratio: number; score: number; text: string; length: number; count: number; numbers: number[]; keys: string[];
      places: { label: string; depth: number }[] & Fragments; handle: number; fragments: Fragments; names: Fragments;
      first: number; second: number; between: number; }`;
    const head = `import type { Fragments } from '../encoding/fragments.js';
      import type { RecordIdentity } from '../encoding/record-identity.js';\n`;
    expect(
      complaints(files, {
        'src/fixture/leaves-source.ts': head + source('LeavesSource'),
        'src/fixture/quick-source.ts': head + source('QuickSource'),
      }),
    ).toEqual([]);
  });

  test('stands in the folders that map and schema name, and in the list', () => {
    expect([...files.keys()].filter((path) => path.endsWith('-type.ts'))).toEqual(
      ['leaves', 'plain', 'quick'].map((name) => `src/fixture/generated/${name}-type.ts`),
    );
    expect(types.map(({ name, index }) => [name, index])).toEqual([
      ['leaves', 0],
      ['plain', 1],
      ['quick', 2],
    ]);
    expect(typeNamed('plain').schema).not.toContain('room');
    expect(files.get('docs/records.md')).toContain('| `totals` | long by name, at most 4 | Map. |');
  });

  test('makes one stream of types that share a named one', () => {
    const union = JSON.parse(streamSchema(types)) as object[];
    expect(avro.Type.forSchema(union as avro.Schema).toString()).toContain('conntrail.Quick');
    expect(JSON.stringify(union).split('"name":"Place"')).toHaveLength(2);
  });
});

describe('the encoders', () => {
  test('of a struct write the bytes of avsc and the line of JSON.stringify, whatever the leaf', () => {
    const [type, avsc] = [typeNamed('leaves'), avroOf('leaves')];
    for (let seed = 1; seed <= 500; seed++) {
      const { source, record } = leaves(seed);
      const { binary, line } = encoded(type, source);
      if (!binary.equals(avsc.toBuffer(record))) expect(avsc.fromBuffer(binary)).toEqual(record);
      const { at, payload, ...rest } = record as { at: number | null; payload: Buffer };
      expect(JSON.parse(line)).toEqual({
        record: 'leaves',
        ...rest,
        at: at === null ? null : time(at),
        payload: payload.toString('hex'),
      });
      expect(Object.keys(JSON.parse(line) as object)).toEqual(['record', ...Object.keys(record)]);
      expect(type.unitsOf(record)).toBe(record.bit);
    }
  });

  test('of a plain object do so as well', () => {
    const [type, avsc] = [typeNamed('plain'), avroOf('plain')];
    for (let seed = 1; seed <= 500; seed++) {
      const record = plain(seed);
      const { binary, line } = encoded(type, record);
      expect(binary.equals(avsc.toBuffer(record))).toBe(true);
      const shown = { record: 'plain', ...record, raw: record.raw.toString('hex'), when: time(record.when) };
      expect(line).toBe(`${JSON.stringify(shown)}\n`);
    }
  });

  test('at full speed copy what is joined; nothing joined is one zero byte', () => {
    const [type, avsc] = [typeNamed('quick'), avroOf('quick')];
    const names = fragmentsOf(LABELS, avro.Type.forSchema('string'));
    const places = fragmentsOf(PLACES, PLACE());
    for (let first = 0; first <= PLACES.length; first++) {
      for (let second = 0; second <= LABELS.length; second++) {
        const source = { host: HOST, bootId: BOOT_ID, run: 300, seq: 300, between: 5, first, second, names, places };
        const record = {
          host: 'host-7',
          boot_id: '5f0c3c1e-3a5e-4f7e-9a39-0d6a1c2b3d4e',
          run: 300,
          seq: 300,
          first: PLACES[first - 1] ?? null,
          between: 5,
          second: LABELS[second - 1] ?? null,
        };
        const { binary, line } = encoded(type, source);
        expect(binary.equals(avsc.toBuffer(record))).toBe(true);
        expect(line).toBe(`${JSON.stringify({ record: 'quick', ...record })}\n`);
        if (first + second === 0) expect([...binary.subarray(-3)]).toEqual([0, 10, 0]);
      }
    }
  });

  test('refuse what is beyond a bound, with a typed error, before they overrun', () => {
    const wrong: [name: string, change: object][] = [
      ['leaves', { text: 'x'.repeat(21) }],
      ['leaves', { length: 17 }],
      ['leaves', { count: 6 }],
      ['leaves', { keys: ['a', 'b', 'c', 'd', 'e'] }],
      ['leaves', { keys: ['ninebytes'] }],
      ['leaves', { ratio: Number.NaN }],
      [
        'leaves',
        { handle: 1, fragments: { avro: () => sliceOf(new Uint8Array(41)), json: () => sliceOf(new Uint8Array(121)) } },
      ],
      ['plain', { kind: 'third' }],
      ['plain', { raw: Buffer.alloc(9) }],
      ['plain', { rows: Array.from({ length: 5 }, () => ({ name: '', last: null, counts: {}, inner: [] })) }],
      ['plain', { rows: [{ name: '', last: null, counts: { a: 1, b: 2, c: 3, d: 4 }, inner: [] }] }],
      ['plain', { host: 'h'.repeat(256) }],
      ['plain', { ratio: Number.POSITIVE_INFINITY }],
    ];
    for (const [name, change] of wrong) {
      const type = typeNamed(name);
      const source = { ...(name === 'leaves' ? leaves(1).source : plain(1)), ...change };
      const out = new Uint8Array(Math.max(type.most, type.mostJson));
      const expected = expect.objectContaining({ code: 'CONNTRAIL_RECORD' });
      expect(() => type.encode(out, 0, source), JSON.stringify(change)).toThrow(expected);
      expect(() => type.json(out, 0, source), JSON.stringify(change)).toThrow(expected);
    }
  });

  test('stay within their bounds when everything is as long as it may be', () => {
    const nasty = '\u0001';
    const inner = [
      [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    ];
    const counts = Object.fromEntries(['a', 'b', 'c'].map((key) => [key + nasty.repeat(7), Number.MIN_SAFE_INTEGER]));
    const row = { name: nasty.repeat(16), last: Number.MIN_SAFE_INTEGER, counts, inner };
    encoded(typeNamed('plain'), {
      host: nasty.repeat(255),
      boot_id: nasty.repeat(64),
      run: Number.MIN_SAFE_INTEGER,
      seq: Number.MIN_SAFE_INTEGER,
      kind: 'other_one',
      ratio: -Number.MIN_VALUE,
      raw: Buffer.alloc(8),
      rows: [row, row, row, row],
      place: { label: nasty.repeat(12), depth: Number.MIN_SAFE_INTEGER },
      when: -(2 ** 63),
    });
    const { source } = leaves(1);
    const long = sliceOf(new Uint8Array(40));
    encoded(typeNamed('leaves'), {
      ...source,
      host: encoder.encode(nasty.repeat(255)),
      bootId: encoder.encode(nasty.repeat(64)),
      run: Number.MAX_SAFE_INTEGER,
      u8: new Uint8Array(64).fill(0xff),
      u32: new Uint32Array(16).fill(0xffffffff),
      v4: false,
      ...{
        seq: Number.MIN_SAFE_INTEGER,
        ratio: -Number.MIN_VALUE,
        score: -Number.MIN_VALUE,
        text: nasty.repeat(20),
        length: 16,
      },
      ...{
        count: 5,
        numbers: Array(5).fill(Number.MIN_SAFE_INTEGER),
        keys: ['a', 'b', 'c', 'd'].map((k) => k + nasty.repeat(7)),
      },
      places: Array(3).fill({ label: nasty.repeat(12), depth: Number.MIN_SAFE_INTEGER }),
      ...{ handle: 1, fragments: { avro: () => long, json: () => sliceOf(new Uint8Array(120)) } },
    });
  });
});

describe('an enum', () => {
  const tree = async (declared: object) => {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-enum-'));
    try {
      const fields = [{ name: 'e', type: { type: 'enum', name: 'E', ...declared }, doc: 'E.' }];
      const path = join(folder, 'r.avsc');
      writeFileSync(path, JSON.stringify({ type: 'record', name: 'R', namespace: 'n', doc: 'R.', fields }));
      const { readSchema } = await import(READER);
      return readSchema(path).node.fields[0].node.symbols;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const READER = new URL('../../scripts/generate-records/schema.mjs', import.meta.url).href;

  test('is refused without a default, or where the unwritten symbol would shift others', async () => {
    await expect(tree({ symbols: ['a', 'b'] })).rejects.toThrow('enum E has no default');
    await expect(tree({ symbols: ['a', 'b'], default: 'c' })).rejects.toThrow('enum E has no default');
    await expect(tree({ symbols: ['unrecognized', 'b'], default: 'unrecognized' })).rejects.toThrow('not the last');
  });

  test('is written with all symbols but the one for readers', async () => {
    expect(await tree({ symbols: ['a', 'b', 'unrecognized'], default: 'unrecognized' })).toEqual(['a', 'b']);
    expect(await tree({ symbols: ['a', 'other'], default: 'other' })).toEqual(['a', 'other']);
  });
});
