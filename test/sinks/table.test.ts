import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIRECTION, OWNER_SOURCE, STATE, UDP } from '../../src/kernel/layout.gen.js';
import { humanBytes, humanDuration } from '../../src/sinks/table/human.js';
import { TableWriter } from '../../src/sinks/table/table-writer.js';
import { ellipsizeMiddle, pad, textWidth } from '../../src/sinks/table/text.js';
import type { ConnFields } from '../support/frames.js';
import { CollectingSink } from './collecting-sink.js';
import { source } from './sources.js';

const V6 = [0x20, 0x01, 0x0d, 0xb8, 0x85, 0xa3, 0, 0x12, 0x13, 0x19, 0x8a, 0x2e, 0x03, 0x70, 0x73, 0x34];

/** One connection of each sort that has a look of its own. */
const CONNECTIONS: ConnFields[] = [
  {
    pid: 4711,
    sent_bytes: 78,
    received_bytes: 5_432_100,
    end_ns: 1_350_000_000,
    remote_address: [93, 184, 215, 14],
    remote_port: 443,
  },
  {
    comm: 'nginx',
    pid: 812,
    direction: DIRECTION.incoming,
    local_port: 443,
    remote_address: [203, 0, 113, 255],
    remote_port: 51022,
  },
  {
    comm: 'postgres-worker',
    pid: 1_234_567,
    local_address: V6,
    remote_address: V6,
    remote_port: 65535,
    end_ns: 4_000_000_000_000,
  },
  {
    comm: 'a',
    owner_source: OWNER_SOURCE.listener,
    direction: DIRECTION.incoming,
    local_address: V6,
    remote_address: [...Array(15).fill(0), 1],
  },
  { error: 111, transitions: 1 << 7, sent_packets: 1 },
  { error: 104, received_bytes: 999, sent_bytes: 1000, retransmits: 3 },
  { error: 71 },
  { state: STATE.open, transitions: 2, sent_bytes: 10 ** 15, start_ns: 0 },
  {
    protocol: UDP,
    owner_source: OWNER_SOURCE.none,
    direction: DIRECTION.unknown,
    local_address: [],
    remote_address: [],
    remote_port: 0,
    start_ns: 0,
  },
  { comm: '\x1b[31mred\n', pid: 9 },
  { comm: '漢字サーバー', pid: 10 },
];

function table(wide: boolean, colour: boolean): string {
  const sink = new CollectingSink();
  const writer = new TableWriter(sink, { wide, colour });
  for (const [i, fields] of CONNECTIONS.entries()) writer.connection(source(fields, i + 1));
  writer.push();
  return sink.text;
}

describe('the table', () => {
  const zone = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = 'UTC';
  });
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test('narrow', async () => {
    const text = table(false, false);
    await expect(text).toMatchFileSnapshot('../golden/table.txt');
    for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThan(80);
  });

  test('wide', async () => {
    await expect(table(true, false)).toMatchFileSnapshot('../golden/table-wide.txt');
  });

  test('colours only what failed and what is still open', async () => {
    const text = table(false, true);
    await expect(text).toMatchFileSnapshot('../golden/table-colour.txt');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the test is about
    expect(text.replaceAll(/\x1b\[(31|2|0)m/g, '')).toBe(table(false, false));
  });

  test('lets no control character of a name through', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the test is about
    expect(table(true, false)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  test('without connections is its header', () => {
    const sink = new CollectingSink();
    new TableWriter(sink, { wide: false, colour: false }).push();
    expect(sink.text.split('\n')).toHaveLength(2);
  });
});

describe('units', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1.0K'],
    [1536, '1.5K'],
    [10_240, '10K'],
    [1_023_000, '999K'],
    [1_023_999, '1.0M'],
    [2 ** 40, '1.0T'],
    [2 ** 63, '8.0E'],
  ])('%d bytes', (bytes, text) => {
    expect(humanBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0µs'],
    [999, '999µs'],
    [1000, '1.00ms'],
    [9_994, '9.99ms'],
    [9_995, '10.0ms'],
    [350_000, '350ms'],
    [999_499, '999ms'],
    [999_500, '1.00s'],
    [59_949_999, '59.9s'],
    [60e6, '1m00s'],
    [3_599_400_000, '59m59s'],
    [3600e6, '1h00m'],
    [86_400e6, '1d0h'],
    [100 * 86_400e6, '100d'],
  ])('%d µs', (us, text) => {
    expect(humanDuration(us)).toBe(text);
  });

  test('every figure fits its column', () => {
    for (let i = 0; i < 63; i++) {
      for (const value of [2 ** i - 1, 2 ** i, 2 ** i + 1, 10 ** (i % 19)]) {
        expect(humanBytes(value).length).toBeLessThanOrEqual(4);
        if (value < 1e15) expect(humanDuration(Math.round(value)).length).toBeLessThanOrEqual(7);
      }
    }
  });
});

describe('text', () => {
  test('keeps both ends of what it cuts', () => {
    expect(ellipsizeMiddle('2001:db8:85a3:12:1319:8a2e:370:7334', 13)).toBe('2001:d…0:7334');
    expect(ellipsizeMiddle('::1', 13)).toBe('::1');
  });

  test('counts what a terminal shows', () => {
    expect(textWidth('漢字')).toBe(4);
    expect(textWidth('e\u0301')).toBe(1);
    expect(pad('漢', 4, true)).toBe('  漢');
  });
});
