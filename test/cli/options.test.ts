import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterNotes } from '../../src/cli/filter-options.js';
import { resolveColour, resolveFormat } from '../../src/cli/format-options.js';
import { parseCount, parseDuration, parseSize } from '../../src/cli/units.js';
import { parseAddress } from '../../src/filters/ip.js';
import { parseFilter } from '../../src/filters/settle-filter.js';

describe('durations', () => {
  test.each([
    ['10s', 10_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['2', 2000],
    ['1d', 86_400_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
  test.each(['', 's', '-1s', '10 s', '1x', '0', '0s', '1e9s'])('not %j', (text) => {
    expect(() => parseDuration(text)).toThrow();
  });
});

describe('sizes', () => {
  test.each([
    ['65536', 65_536],
    ['64KiB', 65_536],
    ['64k', 65_536],
    ['1MB', 1_000_000],
    ['1.5M', 1_572_864],
    ['1GiB', 2 ** 30],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));
  test.each(['', 'K', '-1', '1Q', '0', '1e3'])('not %j', (text) => expect(() => parseSize(text)).toThrow());
  test('counts', () => {
    expect(parseCount('0')).toBe(0);
    for (const text of ['-1', '1.5', '', '99999999999999999']) expect(() => parseCount(text)).toThrow();
  });
});

describe('addresses', () => {
  test.each([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['::', new Array(16).fill(0)],
    ['::1', [...new Array(15).fill(0), 1]],
    ['2001:db8::8a2e:370:7334', [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0x8a, 0x2e, 3, 0x70, 0x73, 0x34]],
    ['::ffff:10.1.2.3', [10, 1, 2, 3]],
    ['64:ff9b::192.0.2.33', [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 33]],
  ])('%s', (text, bytes) => expect([...parseAddress(text)!.bytes]).toEqual(bytes));

  test.each(['', '1.2.3', '1.2.3.4.5', ':::', '1::2::3', 'fe80::1%eth0', 'localhost'])('not %j', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test('every IPv6 address, however written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const { bytes } = parseAddress(text)!;
        // The URL parser is another implementation of the same grammar.
        const groups = new URL(`http://[${text}]`).hostname.slice(1, -1);
        const again = parseAddress(groups)!.bytes;
        expect([...bytes]).toEqual([...again]);
      }),
    );
  });
});

describe('filters', () => {
  test('none', () => expect(parseFilter({})).toBeUndefined());

  test('all', () => {
    expect(
      parseFilter({
        pid: ['1', '2'],
        name: ['curl'],
        port: ['443', '8000-8999', 'local:22'],
        address: ['10.0.0.0/8', 'remote:2001:db8::/32', '::ffff:10.0.0.0/104'],
        protocol: ['tcp'],
        direction: ['incoming'],
        state: ['closed'],
      }),
    ).toEqual({
      pids: [1, 2],
      processNames: ['curl'],
      ports: [
        { end: 'any', first: 443, last: 443 },
        { end: 'any', first: 8000, last: 8999 },
        { end: 'local', first: 22, last: 22 },
      ],
      addresses: [
        { end: 'any', bytes: Uint8Array.of(10, 0, 0, 0), prefix: 8 },
        { end: 'remote', bytes: Uint8Array.of(0x20, 1, 0x0d, 0xb8, ...new Array(12).fill(0)), prefix: 32 },
        { end: 'any', bytes: Uint8Array.of(10, 0, 0, 0), prefix: 8 },
      ],
      protocols: ['tcp'],
      directions: ['incoming'],
      states: ['closed'],
    });
  });

  test.each([
    { port: ['9-1'] },
    { port: ['any:1'] },
    { address: ['10.0.0.0/33'] },
    { address: ['10.0.0.0/'] },
    { address: ['10.0.0.0/8/9'] },
    { address: ['::ffff:10.0.0.0/95'] },
    { pid: ['x'] },
    { state: ['half'] },
  ])('not %j', (text) => expect(() => parseFilter(text as Record<string, string[]>)).toThrow());
});

describe('output', () => {
  test('auto is a table on a terminal and ndjson elsewhere', () => {
    expect([resolveFormat('auto', true), resolveFormat('auto', false), resolveFormat('avro', true)]).toEqual([
      'table',
      'ndjson',
      'avro',
    ]);
  });

  test('colour: option before NO_COLOR before terminal', () => {
    expect(resolveColour('auto', true, {})).toBe(true);
    expect(resolveColour('auto', false, {})).toBe(false);
    expect(resolveColour('auto', true, { NO_COLOR: '1' })).toBe(false);
    expect(resolveColour('auto', true, { NO_COLOR: '' })).toBe(true);
    expect(resolveColour('auto', true, { TERM: 'dumb' })).toBe(false);
    expect(resolveColour('always', false, { NO_COLOR: '1' })).toBe(true);
    expect(resolveColour('never', true, {})).toBe(false);
  });
});

test('a name that the kernel cuts is told about', () => {
  expect(filterNotes({ name: ['fifteen-bytes-n', '!fifteen-bytes-name,é'] })).toEqual([
    '--name fifteen-bytes-name is compared by its first 15 bytes, fifteen-bytes-n: the kernel keeps no more',
  ]);
  expect(filterNotes({ port: '1' })).toEqual([]);
});
