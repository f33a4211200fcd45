import { expect, test } from 'vitest';
import type { DnsStatisticsSource, LatencySource } from '../../src/dns/dns-statistics-source.js';
import { DNS_STATISTICS_TABLE } from '../../src/dns/table/statistics-table.js';
import { textWidth } from '../../src/table/text.js';
import { inUtc } from '../support/utc.js';
import { type MadeQuery, query } from './query.js';

inUtc();

interface MadeSums extends MadeQuery {
  rcodes?: readonly (readonly [string, number])[];
  success?: Partial<LatencySource>;
  failure?: Partial<LatencySource>;
  timeOuts?: number;
}

const NONE = { count: 0, sumUs: 0, minUs: 0, maxUs: 0, p50Us: 0, p90Us: 0, p99Us: 0, bins: 0 };

function sums(made: MadeSums): DnsStatisticsSource {
  const bins = { binIndex: new Int32Array(1), binCount: new Float64Array(1) };
  const rcodes = made.rcodes ?? [];
  return {
    ...query(made),
    ...{ beginUs: Date.UTC(2026, 10, 29, 18, 0, 11) * 1000, endUs: Date.UTC(2026, 10, 29, 18, 0, 12) * 1000 },
    rcodes: rcodes.length,
    rcodeName: rcodes.map(([name]) => name),
    rcodeCount: Float64Array.from(rcodes, ([, count]) => count),
    success: { ...NONE, ...bins, ...made.success },
    failure: { ...NONE, ...bins, ...made.failure },
    ...{ timeOuts: made.timeOuts ?? 0, givenUp: 0, retries: made.retries ?? 0 },
  } as DnsStatisticsSource;
}

const SUMS: readonly MadeSums[] = [
  { rcodes: [['noerror', 4711]], success: { count: 4711, p50Us: 1249.6, p99Us: 20_310.2 } },
  { name: 'missing.example.org', rcodes: [['nxdomain', 3]], failure: { count: 3, p50Us: 90, p99Us: 100 }, retries: 7 },
  {
    name: 'some.example.org',
    type: 'HTTPS',
    remote: 0x53,
    process: null,
    rcodes: [
      ['noerror', 1],
      ['servfail', 2],
    ],
    success: { count: 1, p50Us: 3e6, p99Us: 3e6 },
    failure: { count: 2 },
    timeOuts: 12,
  },
];

function table(columns: number, { wide = false, colour = false } = {}): string {
  const lines = DNS_STATISTICS_TABLE.open({ wide, colour });
  lines.fit(columns);
  return lines.header() + SUMS.map((made) => lines.line(sums(made))).join('');
}

test.each([40, 80, 132, 200])('%i columns: no line is longer, and it is what it was', async (columns) => {
  const text = table(columns);
  for (const line of text.split('\n')) expect(textWidth(line), line).toBeLessThan(columns);
  await expect(text).toMatchFileSnapshot(`../golden/dns-statistics-table-${columns}.txt`);
});

test('--wide: nothing is cut', async () => {
  const text = table(80, { wide: true });
  expect(text).not.toContain('…');
  await expect(text).toMatchFileSnapshot('../golden/dns-statistics-table-wide.txt');
});

test('red is a sum with failures', () => {
  const red = table(80, { colour: true })
    .split('\n')
    .filter((line) => line.includes('\x1b[31m'));
  expect(red).toHaveLength(2);
});
