import type { Emphasis } from '../../table/column.js';
import { humanBytes, humanDuration } from '../../table/human.js';
import { ellipsizeEnd, ellipsizeMiddle, textWidth } from '../../table/text.js';
import { timeOfDay } from '../../table/time.js';
import { CONN, DIRECTION, MIN_RTT_UNKNOWN, OWNER_SOURCE, STATE, UNKNOWN as UNTOLD } from '../layout.gen.js';
import type { Row, RowEnd } from './row.js';

export const UNKNOWN = '-';
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

export const isOpen = (row: Row): boolean => row.u8(CONN.state) === STATE.open;

/** Why it failed; null when it did not. */
export function failure(row: Row): string | null {
  const errno = row.u16(CONN.error);
  if (errno === 0) return row.u16(CONN.unknown) & UNTOLD.error ? 'failed' : null;
  return FAILURES[errno] ?? `err ${errno}`;
}

export function outcome(row: Row): Emphasis {
  if (failure(row) !== null) return 'failure';
  return isOpen(row) ? 'open' : null;
}

/** `open`, `closed`, or `past`: the first line of an open connection that is older than what is told of it. */
export function state(row: Row): string {
  if (!isOpen(row)) return 'closed';
  return row.rates.past ? 'past' : 'open';
}

/** What became of it and how long it lasted, as much of both as there is room for: the cause before the time. */
export function result(row: Row, width: number): string {
  const us = row.durationUs;
  const word = failure(row) ?? (isOpen(row) ? state(row) : us === null ? 'closed' : '');
  if (us === null) return word;
  if (word === '') return humanDuration(us);
  const room = width - word.length - 1;
  const time = [humanDuration(us), humanDuration(us, true)].find((text) => text.length <= room);
  return time === undefined ? word : `${word} ${time}`;
}

/** How long it lasted. */
export function duration(row: Row): string {
  const us = row.durationUs;
  return us === null ? UNKNOWN : humanDuration(us);
}

export function process(row: Row, width: number): string {
  const source = row.u8(CONN.owner_source);
  if (source === OWNER_SOURCE.none) return UNKNOWN;
  // A tilde: only the listener is known, not which process took the connection.
  const mark = source === OWNER_SOURCE.listener ? '~' : '';
  const pid = `(${row.u32(CONN.pid)})`;
  return mark + ellipsizeEnd(row.processName, width - textWidth(mark) - pid.length) + pid;
}

export function uid(row: Row): string {
  return row.u8(CONN.owner_source) === OWNER_SOURCE.none ? UNKNOWN : String(row.u32(CONN.uid));
}

/** `address:port`, or `name:port`, the address or name cut in its middle where it would not fit. */
export function endpoint(row: Row, end: RowEnd, width: number): string {
  const port = row.port(end);
  if (!row.hasAddress(end)) return port === 0 ? ANY : `${ANY}:${port}`;
  const address = row.address(end);
  const digits = String(port).length;
  const name = row.name(end);
  if (name !== null) return `${ellipsizeMiddle(name, width - digits - 1)}:${port}`;
  if (!address.includes(':')) return `${ellipsizeMiddle(address, width - digits - 1)}:${port}`;
  return `[${ellipsizeMiddle(address, width - digits - 3)}]:${port}`;
}

export function arrow(row: Row): string {
  const direction = row.u8(CONN.direction);
  return direction === DIRECTION.outgoing ? '→' : direction === DIRECTION.incoming ? '←' : '?';
}

export function time(row: Row, width: number): string {
  return timeOfDay(row.time, width);
}

export function microseconds(value: number): string {
  return value === 0 ? UNKNOWN : humanDuration(value);
}

export function minRtt(row: Row): string {
  const value = row.u32(CONN.min_rtt_us);
  return value === MIN_RTT_UNKNOWN ? UNKNOWN : microseconds(value);
}

export function packets(row: Row, offset: number, untold: number): string {
  return row.u16(CONN.unknown) & untold ? UNKNOWN : String(row.u64(offset));
}

export function receivedBytes(row: Row): string {
  return row.u16(CONN.unknown) & UNTOLD.received_bytes ? UNKNOWN : humanBytes(row.u64(CONN.received_bytes));
}

/** Bytes per second. */
export function rate(value: number | null): string {
  return value === null ? UNKNOWN : humanBytes(Math.round(value));
}
