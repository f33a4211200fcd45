import { isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ESTABLISHED_TRANSITIONS } from '../../src/connections/connection-source.js';
import { MAX_ADDRESS_BYTES, putIpv4, putIpv6 } from '../../src/encoding/address-text.js';
import {
  MAX_DECIMAL_BYTES,
  putDecimal,
  putDecimalLong,
  putDecimalNumber,
  putPadded,
} from '../../src/encoding/decimal.js';
import { jsonString } from '../../src/encoding/json-text.js';
import { toLong64 } from '../../src/encoding/long64.js';
import { isUnsafe, safeText } from '../../src/encoding/safe-text.js';
import { MAX_TIME_BYTES, putTime } from '../../src/encoding/time-text.js';
import { MAX_LONG_BYTES, putLong, putNumber } from '../../src/encoding/varint.js';
import { ipv6Text, safeName } from './reference.js';

const out = Buffer.alloc(64);
const text = (end: number) => out.toString('latin1', 0, end);

/** Avro's long by the book: zigzag, then base 128. */
function varint(value: bigint): Buffer {
  let z = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; z > 127n; z >>= 7n) bytes.push(Number(z & 127n) | 128);
  return Buffer.from([...bytes, Number(z)]);
}

const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const EDGES = Array.from({ length: 64 }, (_, i) => [(1n << BigInt(i)) - 1n, 1n << BigInt(i)]).flat();
const signedEdges = EDGES.flatMap((n) => [BigInt.asIntN(64, n), BigInt.asIntN(64, -n)]);

describe('numbers', () => {
  const check = (n: bigint) => {
    const lo = Number(n & 0xffffffffn);
    const hi = Number((n >> 32n) & 0xffffffffn);
    expect(out.subarray(0, putLong(out, 0, lo, hi))).toEqual(varint(n));
    expect(text(putDecimalLong(out, 0, lo, hi))).toBe(String(n));
    if (n >= -(1n << 53n) && n <= 1n << 53n) {
      expect(out.subarray(0, putNumber(out, 0, Number(n)))).toEqual(varint(n));
      expect(text(putDecimalNumber(out, 0, Number(n)))).toBe(String(n));
    }
    if (n >= 0n && n < 1n << 32n) expect(text(putDecimal(out, 0, Number(n)))).toBe(String(n));
  };

  it('are exact over all 64 bits, as varints and as digits', () => {
    for (const n of signedEdges) check(n);
    fc.assert(fc.property(int64, check), { numRuns: 2000 });
    expect(putLong(out, 0, 0, 0x80000000)).toBe(MAX_LONG_BYTES);
    expect(putDecimalLong(out, 0, 0, 0x80000000)).toBe(MAX_DECIMAL_BYTES);
  });

  it('are padded with zeros', () => {
    expect(text(putPadded(out, 0, 7, 1))).toBe('7');
    expect(text(putPadded(out, 0, 7, 6))).toBe('000007');
    expect(text(putPadded(out, 0, 987654321, 9))).toBe('987654321');
  });

  it('of 64 bits have one form each', () => {
    expect(toLong64(-6n)).toBe(-6);
    expect(toLong64(1n << 60n)).toBe(1n << 60n);
    expect(toLong64(9007199254740991n)).toBe(9007199254740991);
  });

  it('of TCP states that follow a handshake', () => {
    expect(ESTABLISHED_TRANSITIONS).toBe([1, 4, 5, 6, 8, 9, 11].reduce((mask, state) => mask | (1 << state), 0));
  });
});

describe('addresses', () => {
  it('of IPv4 are dotted quads', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), (octets) => {
        expect(text(putIpv4(out, 0, Buffer.from(octets).readUInt32LE()))).toBe(octets.join('.'));
      }),
    );
  });

  it.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00010000000000000000000000000000', '1::'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db800010000000000010000abcd', '2001:db8:1::1:0:abcd'],
    ['fe80000000000000020000fffe00000a', 'fe80::200:ff:fe00:a'],
    ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['0000000000000000000000000a000001', '::a00:1'],
    ['ffffffffffffffffffffffffffffffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('of IPv6: %s is %s', (hex, expected) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(text(putIpv6(out, 0, bytes, 0))).toBe(expected);
    expect(ipv6Text(bytes)).toBe(expected);
  });

  it('of IPv6 are the shortest form that the system reads back, like its own', () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff), fc.nat(15));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Buffer.alloc(16);
        groups.forEach((value, i) => {
          bytes.writeUInt16BE(value, 2 * i);
        });
        const end = putIpv6(out, 0, bytes, 0);
        expect(end).toBeLessThanOrEqual(MAX_ADDRESS_BYTES);
        expect(isIPv6(text(end))).toBe(true);
        // inet_ntop writes ::/96 as a dotted quad too; RFC 5952 asks for that in known prefixes only.
        if (groups.slice(0, 6).some((value) => value !== 0)) {
          expect(text(end)).toBe(
            new SocketAddress({ family: 'ipv6', address: groups.map((n) => n.toString(16)).join(':') }).address,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('names', () => {
  it.each([
    ['nginx', 'nginx'],
    ['tab\there', 'tab\\009here'],
    ['back\\slash', 'back\\092slash'],
    ['\u001b[31mred', '\\027[31mred'],
    ['\u007f', '\\127'],
    ['\u0085', '\\194\\133'],
    ['\u202eevil', '\\226\\128\\174evil'],
    ['\u2066x\u2069', '\\226\\129\\166x\\226\\129\\169'],
    ['line\u2028', 'line\\226\\128\\168'],
    ['日本語', '日本語'],
    ['\u{1f600}', '\u{1f600}'],
  ])('case %# is shown without what could steer a terminal', (name, shown) => {
    expect(safeText(new TextEncoder().encode(name))).toBe(shown);
  });

  it('that are not UTF-8 are escaped byte by byte', () => {
    const cases: [number[], string][] = [
      [[0xff, 0x41], '\\255A'],
      [[0xc0, 0x80], '\\192\\128'],
      [[0xe2, 0x80], '\\226\\128'],
      [[0xed, 0xa0, 0x80], '\\237\\160\\128'],
      [[0xf4, 0x90, 0x80, 0x80], '\\244\\144\\128\\128'],
    ];
    for (const [bytes, shown] of cases) expect(safeText(Uint8Array.from(bytes))).toBe(shown);
  });

  it('agree with the reference, whatever the bytes, and keep control characters out', () => {
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0xe2, 0x80, 0x81, 0xa6, 0xae, 0xc2, 0x85, 0xf0, 0x9f, 0x5c, 0x1b),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), fc.array(byte, { maxLength: 12 }), (any, likely) => {
        const bytes = Uint8Array.from([...any, ...likely].filter((b) => b !== 0));
        const shown = safeText(bytes);
        expect(shown).toBe(safeName(bytes));
        for (const character of shown) expect(isUnsafe(character.codePointAt(0)!)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('become JSON strings without control characters, readable as what they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const json = jsonString(value);
        for (const character of json) expect(isUnsafe(character.codePointAt(0)!)).toBe(false);
        expect(JSON.parse(json)).toBe(value);
      }),
    );
  });
});

describe('times', () => {
  it('are RFC 3339 with six digits of fraction', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (us) => {
        const end = putTime(out, 0, us);
        expect(end).toBeLessThanOrEqual(MAX_TIME_BYTES);
        const micros = ((us % 1000) + 1000) % 1000;
        const iso = new Date((us - micros) / 1000).toISOString();
        expect(text(end)).toBe(`"${iso.slice(0, -1)}${String(micros).padStart(3, '0')}Z"`);
      }),
      { numRuns: 3000 },
    );
  });

  it('that a double does not hold exactly are bare numbers', () => {
    expect(text(putTime(out, 0, 2 ** 53))).toBe('9007199254740992');
    expect(text(putTime(out, 0, -(2 ** 54)))).toBe('-18014398509481984');
  });
});
