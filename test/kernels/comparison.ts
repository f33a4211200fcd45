/** The records held against what the guest's program did: every difference is a sentence. */
import type { ConnectionLine } from '../live/support/output.js';
import type { ExpectedEnd, Result } from './guest.js';

const keyOf = (local: number, remote: number | undefined) => `${local} ${remote}`;

/** Closed records by local and remote port; other tracers' or the self-test's connections are not asked for. */
function closedByPorts(lines: readonly ConnectionLine[], protocol: string): Map<string, ConnectionLine[]> {
  const found = new Map<string, ConnectionLine[]>();
  for (const line of lines) {
    if (line.protocol !== protocol || line.state !== 'closed') continue;
    const key = keyOf(line.local.port, line.remote?.port);
    found.set(key, [...(found.get(key) ?? []), line]);
  }
  return found;
}

/** Sum of the deltas of all records of one connection. */
function sumOf(lines: readonly ConnectionLine[], { cookie, generation }: ConnectionLine): string {
  const own = lines.filter((line) => line.cookie === cookie && line.generation === generation);
  const sum = (name: 'sent_bytes' | 'received_bytes') =>
    own.reduce((all, line) => all + (line.delta[name] ?? Number.NaN), 0);
  return `${sum('sent_bytes')}/${sum('received_bytes')}`;
}

function differences(end: ExpectedEnd, line: ConnectionLine, lines: readonly ConnectionLine[]): string[] {
  const older = end.kind === 'older';
  const found = {
    bytes: `${line.total.sent_bytes}/${line.total.received_bytes}`,
    deltas: sumOf(lines, line),
    family: line.family,
    failure: line.failure?.cause ?? null,
    // Which end opened a connection that is older than the tracer, and when, it may not know.
    direction: older ? end.direction : line.direction,
    observed_from: older ? 'start' : line.observed_from,
    start: older || line.start !== null,
    pid: line.process?.pid ?? null,
  };
  const bytes = `${end.sent}/${end.received}`;
  const { direction, family, failure, pid } = end;
  const right = { bytes, deltas: bytes, family, failure, direction, observed_from: 'start', start: true, pid };
  return Object.entries(right).flatMap(([name, value]) => {
    const seen = found[name as keyof typeof found];
    return seen === value ? [] : [`${name} ${seen} instead of ${value}`];
  });
}

export interface Comparison {
  readonly exact: number;
  readonly wrong: readonly string[];
}

export function compareTcp({ ends }: Result, lines: readonly ConnectionLine[]): Comparison {
  const closed = closedByPorts(lines, 'tcp');
  const wrong = ends.flatMap((end) => {
    const found = closed.get(keyOf(end.local, end.remote)) ?? [];
    const texts = found.length === 1 ? differences(end, found[0]!, lines) : [`${found.length} records`];
    return texts.length === 0 ? [] : [`${end.kind} ${end.direction} ${end.local}: ${texts.join(', ')}`];
  });
  return { exact: ends.length - wrong.length, wrong };
}

export function compareUdp({ udp }: Result, lines: readonly ConnectionLine[]): Comparison {
  const closed = closedByPorts(lines, 'udp');
  const wrong = udp.flatMap(({ local, remote, sent, received }) => {
    const totals = (closed.get(keyOf(local, remote)) ?? []).map(({ total }) => [
      total.sent_bytes,
      total.received_bytes,
    ]);
    return JSON.stringify(totals) === JSON.stringify([[sent, received]]) ? [] : [`${local}: ${JSON.stringify(totals)}`];
  });
  return { exact: udp.length - wrong.length, wrong };
}

/** Datagrams of the contended exchanges that were not counted; -1: an end was told otherwise than by whole datagrams, or not once. */
export function uncounted({ contended }: Result, lines: readonly ConnectionLine[]): number {
  const closed = closedByPorts(lines, 'udp');
  let missed = 0;
  for (const { local, remote, sent, received, exchanges } of contended) {
    const [record, ...others] = closed.get(keyOf(local, remote)) ?? [];
    if (record === undefined || others.length > 0) return -1;
    const { total } = record;
    const counts = [total.sent_packets ?? -1, total.received_packets ?? -1] as const;
    if (total.sent_bytes !== counts[0] * sent || total.received_bytes !== counts[1] * received) return -1;
    if (Math.max(...counts) > exchanges) return -1;
    missed += 2 * exchanges - counts[0] - counts[1];
  }
  return missed;
}

/** Of the many connections at the end: how many accepted ends were closed with all that is to be known. */
export function countBulk({ bulk_port: port }: Result, lines: readonly ConnectionLine[]): number {
  return lines.filter(
    (line) =>
      line.local.port === port &&
      line.state === 'closed' &&
      line.direction === 'incoming' &&
      line.observed_from === 'start' &&
      line.total.received_bytes === 3,
  ).length;
}
