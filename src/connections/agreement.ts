import { isIpv4, isIpv6 } from '../encoding/address-input.js';
import { parseTime } from '../encoding/time-input.js';
import type { Connection, Counters } from './generated/connection.js';

/** A time as a container has it (µs) or as a line has it. */
type Time = number | string | null;

const COUNTERS: readonly (keyof Counters)[] = [
  'sent_bytes',
  'received_bytes',
  'sent_packets',
  'received_packets',
  'retransmits',
  'established',
  'closed',
];

/**
 * What a connection record says twice and not alike, as a sentence; null when it agrees with itself. What a record says once, such as an
 * address or a name, nothing in it can tell to be wrong.
 */
export function disagreement(connection: Connection): string | null {
  const { state, protocol, total, delta, tcp } = connection;
  const closed = state === 'closed' ? 1 : 0;
  if (total.closed !== closed || delta.closed !== closed) return `it is ${state}, its counters say otherwise`;
  for (const name of COUNTERS) {
    const [all, part] = [total[name], delta[name]];
    if ((all === null) !== (part === null)) return `${name} is known in one of total and delta`;
    if (all !== null && part !== null && (part > all || part < 0)) return `delta.${name} does not lie within the total`;
  }
  if ((protocol === 'tcp') !== (tcp !== null)) return `it is ${protocol}, its details say otherwise`;
  if (tcp !== null && tcp.established !== (total.established === 1)) return 'established is told in two ways';
  return times(connection) ?? addresses(connection);
}

function times({ start, end, duration_us, state }: Connection): string | null {
  const [from, to] = [micros(start), micros(end)];
  if (state === 'open' && to !== null) return 'it is open and has an end';
  if (from !== null && to !== null) return duration_us === to - from ? null : 'duration_us is not from start to end';
  if (duration_us !== null && from === null) return 'it has a duration and no start';
  return null;
}

function addresses({ family, local, remote }: Connection): string | null {
  const fits = family === 'ipv4' ? isIpv4 : isIpv6;
  for (const end of [local, remote]) {
    if (end === null) continue;
    if (end.address !== null && !fits(end.address)) return `an address is not ${family}`;
    if (end.port < 0 || end.port > 0xffff) return 'a port is none';
  }
  return null;
}

function micros(time: Time): number | null {
  return typeof time === 'string' ? parseTime(time) : time;
}
