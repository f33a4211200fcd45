import type { Column, PlacedColumn } from '../../table/column.js';
import { ColumnLines } from '../../table/column-lines.js';
import { humanDuration } from '../../table/human.js';
import type { RecordTable } from '../../table/record-table.js';
import { fitted, totalOf, type Widths } from '../../table/steps.js';
import { timeOfDay } from '../../table/time.js';
import type { DnsStatisticsSource, LatencySource } from '../dns-statistics-source.js';
import { DNS_STATISTICS } from '../generated/dns-statistics-type.js';
import * as cells from './cells.js';

type StatisticsColumn = Column<DnsStatisticsSource>;

const left = (title: string, text: StatisticsColumn['text']): StatisticsColumn => ({ title: () => title, text });
const right = (title: string, text: StatisticsColumn['text']): StatisticsColumn => ({
  ...left(title, text),
  right: () => true,
});

/** Answers and queries that failed. */
const failed = ({ failure, timeOuts, givenUp }: DnsStatisticsSource): number => failure.count + timeOuts + givenUp;

/** A latency below which a share of the answers is, of those that there were. */
const quantile = ({ count }: LatencySource, us: number): string =>
  count === 0 ? cells.UNKNOWN : humanDuration(Math.round(us));

const TIME = left('TIME', ({ endUs }, width) => timeOfDay(new Date(endUs / 1000), width));
const PROCESS: StatisticsColumn = {
  title: (width) => (width < 12 ? 'PROCESS' : 'PROCESS(PID)'),
  text: cells.process,
};
const REMOTE = left('SERVER', (sums, width) => cells.endpoint(sums, 'remote', width));
const TYPE = left('TYPE', cells.shortType);
const DOMAIN = left('DOMAIN', cells.question);
const SUCCEEDED = right('OK', ({ success }) => String(success.count));
const FAILED: StatisticsColumn = {
  ...right('FAILED', (sums) => String(failed(sums))),
  emphasis: (sums) => (failed(sums) > 0 ? 'failure' : null),
};
const CODES = left('CODES', (sums) => codes(sums));
const TIME_OUTS = right('T/O', ({ timeOuts }) => String(timeOuts));
const RETRIES = right('RETR', ({ retries }) => String(retries));
const MEDIAN = right('P50', ({ success }) => quantile(success, success.p50Us));
const SLOWEST = right('P99', ({ success }) => quantile(success, success.p99Us));

function codes({ rcodes, rcodeName, rcodeCount }: DnsStatisticsSource): string {
  const all: string[] = [];
  for (let k = 0; k < rcodes; k++) all.push(`${rcodeName[k]!}:${rcodeCount[k]!}`);
  return all.join(' ') || cells.UNKNOWN;
}

/** What no line is without. */
const LEAST: Widths<StatisticsColumn> = new Map([
  [DOMAIN, 15],
  [SUCCEEDED, 5],
  [FAILED, 6],
]);
/** What there is besides, as there is room for it. */
const STEPS: readonly Widths<StatisticsColumn>[] = [
  new Map([[MEDIAN, 6]]),
  new Map([[TYPE, 5]]),
  new Map([[PROCESS, 10]]),
  new Map([[REMOTE, 10]]),
  new Map([[TIME, 8]]),
  new Map([[SLOWEST, 6]]),
  new Map([[PROCESS, 12]]),
  new Map([[TIME_OUTS, 5]]),
  new Map([[RETRIES, 5]]),
  new Map([[REMOTE, 15]]),
  new Map([[DOMAIN, 30]]),
  new Map([[PROCESS, 22]]),
  new Map([[REMOTE, 21]]),
  new Map([[TIME, 12]]),
  new Map([[CODES, 30]]),
  new Map([[REMOTE, 47]]),
];
/** Who takes what is left then, and up to how much. */
const MOST_OF_DOMAIN = 64;
/** From left to right. */
const ORDER = [
  ...[TIME, PROCESS, REMOTE, TYPE, DOMAIN, SUCCEEDED, FAILED, TIME_OUTS, RETRIES, MEDIAN, SLOWEST, CODES],
] as const;

/** A column that says everything, however wide that is. */
const whole = (column: StatisticsColumn): StatisticsColumn => ({
  ...column,
  text: (sums) => column.text(sums, Number.POSITIVE_INFINITY),
});

/** A table in which nothing is cut; what is wider than its column moves what follows. */
const WIDE: readonly PlacedColumn<DnsStatisticsSource>[] = [
  { column: TIME, width: 24 },
  { column: PROCESS, width: 24 },
  { column: whole(REMOTE), width: 21 },
  { column: whole(TYPE), width: 5 },
  { column: whole(DOMAIN), width: 40 },
  ...[SUCCEEDED, FAILED, TIME_OUTS, RETRIES, MEDIAN, SLOWEST].map((column) => ({ column, width: 6 })),
  { column: CODES, width: 9 },
];

/** The columns that fit into so many terminal columns; null: all, in full. */
function layout(room: number | null): PlacedColumn<DnsStatisticsSource>[] {
  if (room === null) return [...WIDE];
  const widths = fitted(LEAST, STEPS, room);
  const spare = room - totalOf(widths);
  const now = widths.get(DOMAIN)!;
  if (spare > 0 && now < MOST_OF_DOMAIN) widths.set(DOMAIN, Math.min(MOST_OF_DOMAIN, now + spare));
  return ORDER.flatMap((column) => {
    const width = widths.get(column);
    return width === undefined ? [] : [{ column, width }];
  });
}

/** Sums of queries as lines for people. */
export const DNS_STATISTICS_TABLE: RecordTable<DnsStatisticsSource> = {
  type: DNS_STATISTICS,
  open: (style) => new ColumnLines(style, layout, (sums: DnsStatisticsSource) => sums),
};
