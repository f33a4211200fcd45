import { CONN, DIRECTION, MIN_RTT_UNKNOWN, OWNER_SOURCE, STATE, UNKNOWN as UNTOLD } from '../../kernel/layout.gen.js';
import { humanBytes, humanDuration } from './human.js';
import type { Row, RowEnd } from './row.js';
import { ellipsizeEnd, ellipsizeMiddle, textWidth } from './text.js';

/** What a cell says beyond its text; the only reason for a colour. */
export type Emphasis = 'failure' | 'open' | null;

/** One column: its title, its width in terminal columns, and what it shows of a connection. */
export interface Column {
  title: string;
  width: number;
  right?: boolean;
  text(row: Row): string;
  emphasis?(row: Row): Emphasis;
}

const UNKNOWN = '-';
const ANY = '*';

/** errno → a word of at most seven letters. */
const FAILURES: Readonly<Record<number, string>> = {
  32: 'reset',
  101: 'unreach',
  104: 'reset',
  110: 'timeout',
  111: 'refused',
  113: 'unreach',
};

const isOpen = (row: Row): boolean => row.u8(CONN.state) === STATE.open;

function failure(row: Row): string | null {
  const errno = row.u16(CONN.error);
  if (errno === 0) return row.u16(CONN.unknown) & UNTOLD.error ? 'failed' : null;
  return FAILURES[errno] ?? `err ${errno}`;
}

function outcome(row: Row): Emphasis {
  if (failure(row) !== null) return 'failure';
  return isOpen(row) ? 'open' : null;
}

function process(row: Row, width: number): string {
  const source = row.u8(CONN.owner_source);
  if (source === OWNER_SOURCE.none) return UNKNOWN;
  // A tilde: only the listener is known, not which process took the connection.
  const mark = source === OWNER_SOURCE.listener ? '~' : '';
  const pid = `(${row.u32(CONN.pid)})`;
  return mark + ellipsizeEnd(row.processName, width - textWidth(mark) - pid.length) + pid;
}

/** `address:port`, the address cut in its middle where it would not fit. */
function endpoint(row: Row, end: RowEnd, width: number): string {
  const port = row.port(end);
  if (!row.hasAddress(end)) return port === 0 ? ANY : `${ANY}:${port}`;
  const address = row.address(end);
  if (!address.includes(':')) return `${address}:${port}`;
  return `[${ellipsizeMiddle(address, width - String(port).length - 3)}]:${port}`;
}

function arrow(row: Row): string {
  const direction = row.u8(CONN.direction);
  return direction === DIRECTION.outgoing ? '→' : direction === DIRECTION.incoming ? '←' : '?';
}

function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function microseconds(value: number): string {
  return value === 0 ? UNKNOWN : humanDuration(value);
}

function packets(row: Row, offset: number, untold: number): string {
  return row.u16(CONN.unknown) & untold ? UNKNOWN : String(row.u64(offset));
}

function receivedBytes(row: Row): string {
  return row.u16(CONN.unknown) & UNTOLD.received_bytes ? UNKNOWN : humanBytes(row.u64(CONN.received_bytes));
}

/** 79 columns: the local end by its port alone, IPv6 cut where needed, duration, state and failure in one. */
export const NARROW: readonly Column[] = [
  { title: 'TIME', width: 8, text: (row) => clock(row.time) },
  { title: 'PROTO', width: 5, text: (row) => row.protocol },
  { title: 'PROCESS(PID)', width: 16, text: (row) => process(row, 16) },
  { title: 'LPORT', width: 5, right: true, text: (row) => String(row.port('local')) },
  { title: '', width: 1, text: arrow },
  { title: 'REMOTE', width: 21, text: (row) => endpoint(row, 'remote', 21) },
  { title: 'SENT', width: 4, right: true, text: (row) => humanBytes(row.u64(CONN.sent_bytes)) },
  { title: 'RECV', width: 4, right: true, text: receivedBytes },
  {
    title: 'RESULT',
    width: 7,
    right: true,
    text: (row) => failure(row) ?? (isOpen(row) ? 'open' : duration(row, 'closed')),
    emphasis: outcome,
  },
];

/** Everything in full; IPv6 never cut. */
export const WIDE: readonly Column[] = [
  { title: 'TIME', width: 24, text: (row) => row.time.toISOString() },
  { title: 'PROTO', width: 5, text: (row) => row.protocol },
  { title: 'PROCESS(PID)', width: 24, text: (row) => process(row, 24) },
  {
    title: 'UID',
    width: 6,
    right: true,
    text: (row) => (row.u8(CONN.owner_source) === OWNER_SOURCE.none ? UNKNOWN : String(row.u32(CONN.uid))),
  },
  { title: 'NETNS', width: 10, right: true, text: (row) => String(row.u32(CONN.netns_inode)) },
  { title: 'LOCAL', width: 47, text: (row) => endpoint(row, 'local', 47) },
  { title: '', width: 1, text: arrow },
  { title: 'REMOTE', width: 47, text: (row) => endpoint(row, 'remote', 47) },
  { title: 'SENT', width: 4, right: true, text: (row) => humanBytes(row.u64(CONN.sent_bytes)) },
  { title: 'RECV', width: 4, right: true, text: receivedBytes },
  { title: 'SENT#', width: 7, right: true, text: (row) => packets(row, CONN.sent_packets, UNTOLD.sent_packets) },
  {
    title: 'RECV#',
    width: 7,
    right: true,
    text: (row) => packets(row, CONN.received_packets, UNTOLD.received_packets),
  },
  { title: 'RETR', width: 4, right: true, text: (row) => String(row.u32(CONN.retransmits)) },
  { title: 'RTT', width: 6, right: true, text: (row) => microseconds(row.u32(CONN.srtt_us)) },
  { title: 'MINRTT', width: 6, right: true, text: minRtt },
  { title: 'DURATION', width: 8, right: true, text: (row) => duration(row, UNKNOWN) },
  {
    title: 'STATE',
    width: 6,
    text: (row) => (isOpen(row) ? 'open' : 'closed'),
    emphasis: (row) => (isOpen(row) ? 'open' : null),
  },
  { title: 'FAILURE', width: 7, text: (row) => failure(row) ?? UNKNOWN, emphasis: outcome },
];

function duration(row: Row, unknown: string): string {
  const us = row.durationUs;
  return us === null ? unknown : humanDuration(us);
}

function minRtt(row: Row): string {
  const value = row.u32(CONN.min_rtt_us);
  return value === MIN_RTT_UNKNOWN ? UNKNOWN : microseconds(value);
}
