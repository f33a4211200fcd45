import type { PlacedColumn as Placed, Column as TableColumn } from '../../table/column.js';
import { humanBytes } from '../../table/human.js';
import { CONN, UNKNOWN as UNTOLD } from '../layout.gen.js';
import * as cells from './cells.js';
import type { Row } from './row.js';

/** Narrower, LOCAL is the port alone. */
const ADDRESS_WIDTH = 21;

type Column = TableColumn<Row>;
type PlacedColumn = Placed<Row>;

export type ColumnName = (typeof ORDER)[number];

/** From left to right. */
const ORDER = [
  'time',
  'proto',
  'process',
  'uid',
  'netns',
  'local',
  'arrow',
  'remote',
  'sent',
  'received',
  'sentRate',
  'receivedRate',
  'sentPackets',
  'receivedPackets',
  'retransmits',
  'rtt',
  'minRtt',
  'duration',
  'state',
  'failure',
  'result',
] as const;

const left = (title: string, text: Column['text']): Column => ({ title: () => title, text });
const right = (title: string, text: Column['text']): Column => ({ title: () => title, right: () => true, text });

const COLUMNS: Readonly<Record<ColumnName, Column>> = {
  time: left('TIME', cells.time),
  proto: { title: (width) => 'PROTO'.slice(0, width), text: (row) => row.protocol },
  process: { title: (width) => (width < 12 ? 'PROCESS' : 'PROCESS(PID)'), text: cells.process },
  uid: right('UID', cells.uid),
  netns: right('NETNS', (row) => String(row.u32(CONN.netns_inode))),
  local: {
    title: (width) => (width < ADDRESS_WIDTH ? 'LPORT' : 'LOCAL'),
    right: (width) => width < ADDRESS_WIDTH,
    text: (row, width) => (width < ADDRESS_WIDTH ? String(row.port('local')) : cells.endpoint(row, 'local', width)),
  },
  arrow: left('', cells.arrow),
  remote: left('REMOTE', (row, width) => cells.endpoint(row, 'remote', width)),
  sent: right('SENT', (row) => humanBytes(row.u64(CONN.sent_bytes))),
  received: right('RECV', cells.receivedBytes),
  sentRate: right('SENT/s', (row) => cells.rate(row.rates.sent)),
  receivedRate: right('RECV/s', (row) => cells.rate(row.rates.received)),
  sentPackets: right('SENT#', (row) => cells.packets(row, CONN.sent_packets, UNTOLD.sent_packets)),
  receivedPackets: right('RECV#', (row) => cells.packets(row, CONN.received_packets, UNTOLD.received_packets)),
  retransmits: right('RETR', (row) => String(row.u32(CONN.retransmits))),
  rtt: right('RTT', (row) => cells.microseconds(row.u32(CONN.srtt_us))),
  minRtt: right('MINRTT', cells.minRtt),
  duration: right('DURATION', cells.duration),
  state: { ...left('STATE', cells.state), emphasis: (row) => (cells.isOpen(row) ? 'open' : null) },
  failure: { ...left('FAILURE', (row) => cells.failure(row) ?? cells.UNKNOWN), emphasis: cells.outcome },
  result: { ...right('RESULT', cells.result), emphasis: cells.outcome },
};

/** The columns of these widths, in their order. */
export function place(widths: ReadonlyMap<ColumnName, number>): PlacedColumn[] {
  return ORDER.flatMap((name) => {
    const width = widths.get(name);
    return width === undefined ? [] : { column: COLUMNS[name], width };
  });
}
