import type { PlacedColumn as Placed } from '../../table/column.js';
import { fitted, totalOf } from '../../table/steps.js';
import { type ColumnName, place } from './columns.js';
import type { Row } from './row.js';

type PlacedColumn = Placed<Row>;

type Widths = Partial<Record<ColumnName, number>>;

/** What no table is without, however narrow. */
const LEAST: Widths = { arrow: 1, remote: 21, result: 7 };

/** What a table has besides, as there is room for it: the first that does not fit is the end. */
const STEPS: readonly Widths[] = [
  { process: 10 },
  { local: 5 },
  { sent: 4, received: 4 },
  { process: 12 },
  { proto: 3 },
  { time: 8 },
  { result: 13 },
  { process: 16 },
  { sentRate: 6, receivedRate: 6 },
  { rtt: 6 },
  { retransmits: 4 },
  { local: 21 },
  { uid: 6 },
  { proto: 5 },
  { sentPackets: 7, receivedPackets: 7 },
  { netns: 10 },
  { minRtt: 6 },
  { remote: 30, local: 30 },
  { time: 12 },
  { process: 24 },
  { remote: 47, local: 47 },
  { time: 24 },
];

/** Who takes what is left then, and up to how much. */
const STRETCH: readonly (readonly [ColumnName, number])[] = [
  ['process', 24],
  ['remote', 47],
  ['local', 47],
];
/** LOCAL stretches where it has an address. */
const LEAST_ADDRESS = 21;

/** Everything in full: IPv6 is never cut. */
const WIDE: Widths = {
  time: 24,
  proto: 5,
  process: 24,
  uid: 6,
  netns: 10,
  local: 47,
  arrow: 1,
  remote: 47,
  sent: 4,
  received: 4,
  sentRate: 6,
  receivedRate: 6,
  sentPackets: 7,
  receivedPackets: 7,
  retransmits: 4,
  rtt: 6,
  minRtt: 6,
  duration: 8,
  state: 6,
  failure: 7,
};

/** The columns of the wide table. */
export function wideLayout(): PlacedColumn[] {
  return place(mapOf(WIDE));
}

/** The columns that fit into `width` terminal columns, a space between any two. Below 31 nothing more is left out. */
export function layout(width: number): PlacedColumn[] {
  const widths = fitted(mapOf(LEAST), STEPS.map(mapOf), width);
  for (const [name, most] of STRETCH) {
    const now = widths.get(name) ?? most;
    const spare = width - totalOf(widths);
    if (spare > 0 && now < most && (name !== 'local' || now >= LEAST_ADDRESS)) {
      widths.set(name, Math.min(most, now + spare));
    }
  }
  return place(widths);
}

function mapOf(widths: Widths): Map<ColumnName, number> {
  return new Map(Object.entries(widths) as [ColumnName, number][]);
}
