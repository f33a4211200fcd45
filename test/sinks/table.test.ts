import { describe, expect, test } from 'vitest';
import { DIRECTION, OBSERVED_FROM, OWNER_SOURCE, STATE, UDP, UNKNOWN } from '../../src/connections/layout.gen.js';
import { CONNECTION_TABLE } from '../../src/connections/table/connection-table.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { humanBytes, humanDuration } from '../../src/table/human.js';
import { tableSize } from '../../src/table/table-size.js';
import { ellipsizeMiddle, pad, textWidth } from '../../src/table/text.js';
import type { ConnFields } from '../support/frames.js';
import { inUtc } from '../support/utc.js';
import { CollectingSink } from './collecting-sink.js';
import { connectionsTo, source } from './sources.js';

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

function table(wide: boolean, colour: boolean, columns = 80): string {
  const sink = new CollectingSink();
  const writer = new TableWriter(sink, [CONNECTION_TABLE], { wide, colour, size: () => ({ columns, rows: null }) });
  for (const [i, fields] of CONNECTIONS.entries()) connectionsTo(writer)(source(fields, i + 1));
  writer.push();
  return sink.text;
}

describe('the table', () => {
  inUtc();

  test.each([40, 60, 100, 132, 200])('in %d columns', async (columns) => {
    const text = table(false, false, columns);
    await expect(text).toMatchFileSnapshot(`../golden/table-${columns}.txt`);
    for (const line of text.split('\n')) expect(textWidth(line), line).toBeLessThan(columns);
  });

  test('fits whatever there is, and only gains columns with it', () => {
    const titles = (columns: number) =>
      table(false, false, columns).split('\n')[0]!.replace('LOCAL', 'LPORT').replace('(PID)', '').trim().split(/ +/);
    let before = titles(32);
    for (let columns = 32; columns <= 260; columns++) {
      for (const line of table(false, false, columns).split('\n')) expect(textWidth(line), line).toBeLessThan(columns);
      const now = titles(columns).map((title) => title.replace('PROTO', 'PRO').replace('(PID)', ''));
      expect(now).toEqual(expect.arrayContaining(before));
      before = now;
    }
    expect(before).toHaveLength(17);
  });

  test('narrow', async () => {
    const text = table(false, false);
    await expect(text).toMatchFileSnapshot('../golden/table.txt');
    for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThan(80);
    // Both how a connection ended and how long it lasted.
    expect(text).toMatch(/ reset 1\.00s$/m);
    expect(text).toMatch(/ err 71 1\.00s$/m);
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
    new TableWriter(sink, [CONNECTION_TABLE], { wide: false, colour: false }).push();
    expect(sink.text.split('\n')).toHaveLength(2);
  });
});

describe('on a terminal', () => {
  const size = { columns: 80, rows: 6 };
  const lines = (count: number, before: (i: number) => void = () => {}): string[] => {
    const sink = new CollectingSink();
    const writer = new TableWriter(sink, [CONNECTION_TABLE], { wide: false, colour: false, size: () => size });
    for (let i = 0; i < count; i++) {
      before(i);
      connectionsTo(writer)(source({ cookie: i }));
    }
    writer.push();
    return sink.text.trimEnd().split('\n');
  };
  const headers = (text: string[]): number[] => text.flatMap((line, i) => (line.includes('REMOTE') ? i : []));

  test('the header comes again when it has scrolled away', () => {
    expect(headers(lines(10))).toEqual([0, 5, 10]);
    size.rows = 3;
    expect(headers(lines(10))).toEqual([0]);
    size.rows = 6;
  });

  test('another width is another header at once', () => {
    const text = lines(3, (i) => {
      size.columns = i === 2 ? 132 : 80;
    });
    expect(headers(text)).toEqual([0, 3]);
    expect([text[0]!.length, text[3]!.length]).toEqual([79, 131]);
    size.columns = 80;
  });

  test('of a wide table each line takes several', () => {
    const sink = new CollectingSink();
    const writer = new TableWriter(sink, [CONNECTION_TABLE], {
      wide: true,
      colour: false,
      size: () => ({ columns: 130, rows: 13 }),
    });
    for (let i = 0; i < 6; i++) connectionsTo(writer)(source({ cookie: i }));
    writer.push();
    expect(headers(sink.text.trimEnd().split('\n'))).toEqual([0, 6]);
  });

  test('its size is the terminal’s, then COLUMNS, then 80', () => {
    const terminal = { isTTY: true, columns: 132, rows: 50 };
    expect(tableSize(terminal, { COLUMNS: '60' })).toEqual({ columns: 132, rows: 50 });
    expect(tableSize({ isTTY: true, columns: 0, rows: 0 }, { COLUMNS: '60' })).toEqual({ columns: 60, rows: null });
    expect(tableSize({}, { COLUMNS: '100' })).toEqual({ columns: 100, rows: null });
    expect(tableSize({}, { COLUMNS: 'wide' })).toEqual({ columns: 80, rows: null });
  });
});

describe('rates', () => {
  const S = 1_000_000_000;
  /** What RESULT, SENT/s and RECV/s say, line by line; sums are told, deltas worked out. */
  function rates(records: (ConnFields & { sent: number; received: number })[]): string[][] {
    const sink = new CollectingSink();
    const writer = new TableWriter(sink, [CONNECTION_TABLE], {
      wide: false,
      colour: false,
      size: () => ({ columns: 100, rows: null }),
    });
    const told = new Map<unknown, [number, number]>();
    for (const { sent, received, ...fields } of records) {
      const [lastSent, lastReceived] = told.get(fields.cookie) ?? [0, 0];
      told.set(fields.cookie, [sent, received]);
      const record = source({ state: STATE.open, sent_bytes: sent, received_bytes: received, ...fields });
      record.delta.set([sent - lastSent, received - lastReceived]);
      connectionsTo(writer)(record);
    }
    writer.push();
    const [header = '', ...lines] = sink.text.trimEnd().split('\n');
    const at = header.indexOf('RECV') + 4;
    return lines.map((line) => line.slice(at).trim().split(/ +/));
  }

  test('of a connection older than conntrail do not begin with its past, which is said once', () => {
    const old = { cookie: 7, start_ns: 0, observed_from: OBSERVED_FROM.snapshot };
    expect(
      rates([
        { ...old, end_ns: 10 * S, sent: 5e9, received: 7e9 },
        { ...old, end_ns: 12 * S, sent: 5e9 + 400, received: 7e9 + 200 },
        { ...old, end_ns: 16 * S, sent: 5e9 + 400, received: 7e9 + 8200 },
        { ...old, end_ns: 17 * S, sent: 5e9 + 400, received: 7e9 + 8200, state: STATE.closed },
      ]),
    ).toEqual([
      ['-', '-', 'past'],
      ['200', '100', 'open'],
      ['0', '2.0K', 'open'],
      ['-', '-', 'closed'],
    ]);
  });

  test('of a new one begin with its start, each for itself', () => {
    const begun = { start_ns: 2 * S, observed_from: OBSERVED_FROM.start };
    expect(
      rates([
        { ...begun, cookie: 1, end_ns: 4 * S, sent: 100, received: 0 },
        { ...begun, cookie: 2, end_ns: 6 * S, sent: 0, received: 40 },
        { ...begun, cookie: 1, end_ns: 5 * S, sent: 101, received: 7 },
        { ...begun, cookie: 2, end_ns: 7 * S, sent: 0, received: 60, unknown: UNKNOWN.received_bytes },
      ]),
    ).toEqual([
      ['50', '0', 'open', '2.00s'],
      ['0', '10', 'open', '4.00s'],
      ['1', '7', 'open', '3.00s'],
      ['0', '-', 'open', '5.00s'],
    ]);
  });

  test('are not made up where the line before is not known', () => {
    const sink = new CollectingSink();
    const writer = new TableWriter(sink, [CONNECTION_TABLE], {
      wide: false,
      colour: false,
      size: () => ({ columns: 100, rows: null }),
    });
    const record = source({ state: STATE.open, sent_bytes: 100, start_ns: S, end_ns: 2 * S });
    record.delta.set([40, 0]);
    connectionsTo(writer)(record);
    writer.push();
    expect(sink.text).toMatch(/ - +- +open 1\.00s$/m);
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
