import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../../src/connections/generated/connection-encoder.js';
import { encodeConnectionGeneral } from '../../src/connections/generated/connection-encoder-general.js';
import { MAX_CONNECTION_JSON_BYTES, writeConnectionJson } from '../../src/connections/generated/connection-json.js';
import { CONN } from '../../src/connections/layout.gen.js';
import { RandomConnections } from './random-connections.js';
import { BIG_CONNECTION, referenceConnection, referenceLine } from './reference.js';

const out = Buffer.alloc(MAX_CONNECTION_JSON_BYTES + 64);

/** Encodes at an odd position, with a guard behind the promised room. */
function encoded(random: RandomConnections): Buffer {
  const at = 1 + (random.random() % 13);
  const room = out.subarray(0, at + MAX_CONNECTION_BYTES + 8);
  room.fill(0xee, at);
  const end = encodeConnection(room, at, random.source);
  expect(end - at).toBeLessThanOrEqual(MAX_CONNECTION_BYTES);
  for (let i = 0; i < 8; i++) expect(room[at + MAX_CONNECTION_BYTES + i]).toBe(0xee);
  return room.subarray(at, end);
}

describe('encodeConnection', () => {
  it('writes the bytes of avsc for 100,003 random records', () => {
    const random = new RandomConnections(20261120);
    const at = 5;
    for (let i = 0; i < 100_003; i++) {
      const source = random.next();
      const end = encodeConnection(out, at, source);
      const expected = BIG_CONNECTION.toBuffer(referenceConnection(source));
      if (expected.compare(out, at, end) !== 0) {
        expect(BIG_CONNECTION.fromBuffer(out.subarray(at, end))).toEqual(referenceConnection(source));
        expect.fail(`record ${i} differs`);
      }
    }
  });

  it('writes the bytes of its general form', () => {
    const random = new RandomConnections(11);
    const other = Buffer.alloc(MAX_CONNECTION_BYTES);
    for (let i = 0; i < 10_000; i++) {
      const source = random.next();
      const end = encodeConnection(out, 0, source);
      const otherEnd = encodeConnectionGeneral(other, 0, source);
      if (other.compare(out, 0, end, 0, otherEnd) !== 0)
        expect(other.subarray(0, otherEnd)).toEqual(out.subarray(0, end));
    }
  });

  it('writes the bytes of avsc for any seed, and stays within its bound', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new RandomConnections(seed);
        const reference = referenceConnection(random.next());
        expect(encoded(random).equals(BIG_CONNECTION.toBuffer(reference))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('makes a decodable record of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: CONN.size, maxLength: CONN.size }), fc.integer(), (bytes, seed) => {
        const random = new RandomConnections(seed);
        const source = random.next();
        source.base = 0;
        source.u8.set(bytes);
        expect(BIG_CONNECTION.fromBuffer(encoded(random))).toHaveProperty('seq', BigInt(source.seq));
      }),
      { numRuns: 300 },
    );
  });

  it('follows a change of host and of run', () => {
    const random = new RandomConnections(7);
    encodeConnection(out, 0, random.next());
    random.source.host = new TextEncoder().encode('other');
    const end = encodeConnection(out, 0, random.next());
    expect(BIG_CONNECTION.fromBuffer(out.subarray(0, end))).toHaveProperty('host', 'other');
    random.source.run = 7;
    const next = encodeConnection(out, 0, random.next());
    expect(BIG_CONNECTION.fromBuffer(out.subarray(0, next))).toHaveProperty('run', 7n);
    random.source.host = new Uint8Array(256).fill(0x61);
    expect(() => encodeConnection(out, 0, random.source)).toThrow(
      expect.objectContaining({ code: 'CONNTRAIL_OPTION' }),
    );
  });
});

describe('writeConnectionJson', () => {
  it('writes one line per record, the same values, for 20,000 random records', () => {
    const random = new RandomConnections(5);
    for (let i = 0; i < 20_000; i++) {
      const source = random.next();
      const end = writeConnectionJson(out, 3, source);
      const line = out.toString('utf8', 3, end);
      const expected = referenceLine(referenceConnection(source));
      if (line !== expected) expect(line).toBe(expected);
    }
  });

  it('stays within its bound and lets no control character through, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: CONN.size, maxLength: CONN.size }), fc.integer(), (bytes, seed) => {
        const random = new RandomConnections(seed);
        const source = random.next();
        source.base = 0;
        source.u8.set(bytes);
        source.host = new TextEncoder().encode('h\u0007\u202e"\\\u2028\u009b');
        const end = writeConnectionJson(out, 0, source);
        expect(end).toBeLessThanOrEqual(MAX_CONNECTION_JSON_BYTES);
        const line = out.toString('utf8', 0, end);
        expect(line).not.toMatch(/[\p{Cc}\u202e\u2028].|\ufffd/u);
        expect(line.endsWith('\n')).toBe(true);
        expect(JSON.parse(line)).toHaveProperty('host', 'h\u0007\u202e"\\\u2028\u009b');
      }),
      { numRuns: 500 },
    );
  });
});
