import type { Column, PlacedColumn } from '../../../table/column.js';
import { ColumnLines } from '../../../table/column-lines.js';
import type { RecordTable } from '../../../table/record-table.js';
import { fitted, type Widths } from '../../../table/steps.js';
import { TCP_QUEUE as TCP_QUEUE_RECORD } from '../generated/tcp-queue-type.js';
import type { TcpQueueSource } from '../tcp-queue-source.js';
import { cgroup, fill, isFull, peer, process, RECEIVE, SEND, time, waiting } from './cells.js';

type QueueColumn = Column<TcpQueueSource>;

const left = (title: string, text: QueueColumn['text']): QueueColumn => ({ title: () => title, text });
const right = (title: string, text: QueueColumn['text']): QueueColumn => ({ ...left(title, text), right: () => true });

const TIME = left('TIME', time);
const CGROUP = left('CGROUP', cgroup);
const RECV = right('RECV', (queue) => fill(queue, RECEIVE));
const SENT: QueueColumn = right('SEND', (queue) => fill(queue, SEND));
const WAITING = right('ACCEPT', waiting);
const FULLEST: QueueColumn = {
  ...left('FULLEST(PID)', process),
  emphasis: (queue) => (isFull(queue) ? 'failure' : null),
};
const PEER = left('PEER', peer);

/** What no line is without. */
const LEAST: Widths<QueueColumn> = new Map([
  [CGROUP, 12],
  [RECV, 6],
  [SENT, 6],
]);
/** What there is besides, as there is room for it. */
const STEPS: readonly Widths<QueueColumn>[] = [
  new Map([[FULLEST, 14]]),
  new Map([[WAITING, 8]]),
  new Map([[TIME, 8]]),
  new Map([[PEER, 15]]),
  new Map([[CGROUP, 16]]),
  new Map([
    [FULLEST, 23],
    [PEER, 21],
  ]),
  new Map([[CGROUP, 30]]),
  new Map([[TIME, 12]]),
  new Map([[PEER, 47]]),
  new Map([[CGROUP, 90]]),
];
/** The last step of a table in which nothing is cut. */
const WHOLE: Widths<QueueColumn> = new Map([
  [TIME, 24],
  [FULLEST, 27],
  [CGROUP, 400],
]);
/** From left to right. */
const ORDER = [TIME, RECV, SENT, WAITING, FULLEST, PEER, CGROUP];

/** The columns that fit into so many terminal columns; null: all, in full. */
function layout(room: number | null): PlacedColumn<TcpQueueSource>[] {
  const widths =
    room === null ? fitted(LEAST, [...STEPS, WHOLE], Number.POSITIVE_INFINITY) : fitted(LEAST, STEPS, room);
  return ORDER.flatMap((column) => {
    const width = widths.get(column);
    return width === undefined ? [] : [{ column, width }];
  });
}

/** Queues as lines for people: one for each cgroup and interval. */
export const TCP_QUEUE_TABLE: RecordTable<TcpQueueSource> = {
  type: TCP_QUEUE_RECORD,
  open: (style) => new ColumnLines(style, layout, (queue: TcpQueueSource) => queue),
};
