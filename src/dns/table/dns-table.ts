import type { Column, PlacedColumn } from '../../table/column.js';
import { ColumnLines } from '../../table/column-lines.js';
import type { RecordTable } from '../../table/record-table.js';
import { fitted, totalOf, type Widths } from '../../table/steps.js';
import type { DnsSource } from '../dns-source.js';
import { DNS } from '../generated/dns-type.js';
import * as cells from './cells.js';

type DnsColumn = Column<DnsSource>;

const left = (title: string, text: DnsColumn['text']): DnsColumn => ({ title: () => title, text });
const right = (title: string, text: DnsColumn['text']): DnsColumn => ({ ...left(title, text), right: () => true });

const TIME = left('TIME', cells.time);
const PROCESS: DnsColumn = {
  title: (width) => (width < 12 ? 'PROCESS' : 'PROCESS(PID)'),
  text: cells.process,
};
const LOCAL = left('LOCAL', (query, width) => cells.endpoint(query, 'local', width));
const ARROW = left('', cells.arrow);
const REMOTE = left('REMOTE', (query, width) => cells.endpoint(query, 'remote', width));
const TRANSPORT = left('PRO', cells.transport);
const TYPE = left('TYPE', cells.shortType);
const QUESTION = left('QUESTION', cells.question);
const CODE = left('CODE', cells.result);
const ANSWER: DnsColumn = { ...left('ANSWER', cells.answer), emphasis: cells.emphasis };
const CHAIN = left('ALIASES', cells.chain);
const TTL = right('TTL', cells.ttl);
const EXTENDED = right('EDE', cells.extendedError);
const RETRIES = right('RETR', cells.retries);
const LATENCY = right('TOOK', cells.latency);

/** What no line is without. */
const LEAST: Widths<DnsColumn> = new Map([
  [QUESTION, 15],
  [ANSWER, 9],
  [LATENCY, 6],
]);
/** What there is besides, as there is room for it. */
const STEPS: readonly Widths<DnsColumn>[] = [
  new Map([[PROCESS, 10]]),
  new Map([[TYPE, 5]]),
  new Map([
    [ARROW, 1],
    [REMOTE, 10],
  ]),
  new Map([[TIME, 8]]),
  new Map([[PROCESS, 12]]),
  new Map([[QUESTION, 17]]),
  new Map([[ANSWER, 13]]),
  new Map([[QUESTION, 24]]),
  new Map([[ANSWER, 15]]),
  new Map([[REMOTE, 15]]),
  new Map([[RETRIES, 4]]),
  new Map([[TRANSPORT, 3]]),
  new Map([[PROCESS, 22]]),
  new Map([[QUESTION, 32]]),
  new Map([[TTL, 5]]),
  new Map([[REMOTE, 21]]),
  new Map([[TIME, 12]]),
  new Map([[ANSWER, 31]]),
  new Map([[EXTENDED, 3]]),
  new Map([[REMOTE, 47]]),
];
/** Who takes what is left then, and up to how much. */
const STRETCH: readonly (readonly [DnsColumn, number])[] = [
  [QUESTION, 64],
  [ANSWER, 64],
];
/** A column that says everything, however wide that is. */
const whole = (column: DnsColumn): DnsColumn => ({
  ...column,
  text: (query) => column.text(query, Number.POSITIVE_INFINITY),
});

/** A table in which nothing is cut; what is wider than its column moves what follows. */
const WIDE: readonly PlacedColumn<DnsSource>[] = [
  { column: TIME, width: 24 },
  { column: PROCESS, width: 24 },
  { column: whole(LOCAL), width: 21 },
  { column: ARROW, width: 1 },
  { column: whole(REMOTE), width: 21 },
  { column: TRANSPORT, width: 3 },
  { column: whole(TYPE), width: 5 },
  { column: whole(QUESTION), width: 40 },
  { column: CODE, width: 9 },
  { column: LATENCY, width: 6 },
  { column: TTL, width: 6 },
  { column: RETRIES, width: 4 },
  { column: EXTENDED, width: 3 },
  { column: whole(CHAIN), width: 20 },
  { column: whole(ANSWER), width: 9 },
];
/** From left to right. */
const ORDER = [TIME, PROCESS, ARROW, REMOTE, TRANSPORT, TYPE, QUESTION, ANSWER, TTL, RETRIES, EXTENDED, LATENCY];

/** The columns that fit into so many terminal columns; null: all, in full. */
function layout(room: number | null): PlacedColumn<DnsSource>[] {
  if (room === null) return [...WIDE];
  const widths = fitted(LEAST, STEPS, room);
  for (const [column, most] of STRETCH) {
    const spare = room - totalOf(widths);
    const now = widths.get(column)!;
    if (spare > 0 && now < most) widths.set(column, Math.min(most, now + spare));
  }
  return ORDER.flatMap((column) => {
    const width = widths.get(column);
    return width === undefined ? [] : [{ column, width }];
  });
}

/** Queries as lines for people. */
export const DNS_TABLE: RecordTable<DnsSource> = {
  type: DNS,
  open: (style) => new ColumnLines(style, layout, (query: DnsSource) => query),
};
