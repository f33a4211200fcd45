/** The records held against what the guest's program did: every difference is a sentence. */
import type { ConnectionLine } from '../live/support/output.js';
import type { ExpectedDatagrams, ExpectedEnd, RunResult } from './result.js';

const keyOf = (local: number, remote: number | null | undefined) => `${local} ${remote ?? '?'}`;

/** Closed records by local and remote port; other tracers' or the self-test's connections are not asked for. */
function closedByPorts(lines: readonly ConnectionLine[], protocol: string): Map<string, ConnectionLine[]> {
  const found = new Map<string, ConnectionLine[]>();
  for (const line of lines) {
    if (line.protocol !== protocol || line.state !== 'closed') continue;
    const key = keyOf(line.local.port, line.remote?.port);
    const same = found.get(key);
    if (same === undefined) found.set(key, [line]);
    else same.push(line);
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

function texts(right: Readonly<Record<string, unknown>>, found: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(right).flatMap(([name, value]) =>
    found[name] === value ? [] : [`${name} ${found[name]} instead of ${value}`],
  );
}

function differences(
  end: ExpectedEnd,
  line: ConnectionLine,
  lines: readonly ConnectionLine[],
  owner: boolean,
): string[] {
  const older = end.kind === 'older';
  // Without the hooks of send and receive, who accepted shows at its close only: one that is reset has its listener, or nobody.
  const unsure = line.process === null || (line.process.source === 'listener' && !owner);
  const found = {
    bytes: `${line.total.sent_bytes}/${line.total.received_bytes}`,
    deltas: sumOf(lines, line),
    family: line.family,
    failure: line.failure?.cause ?? null,
    // Which end opened a connection that is older than the tracer, and when, it may not know.
    direction: older ? end.direction : line.direction,
    observed_from: older ? 'start' : line.observed_from,
    start: older || line.start !== null,
    pid: unsure && !owner ? end.pid : (line.process?.pid ?? null),
  };
  const bytes = `${end.sent}/${end.received}`;
  const { direction, family, failure, pid } = end;
  return texts({ bytes, deltas: bytes, family, failure, direction, observed_from: 'start', start: true, pid }, found);
}

export interface Comparison {
  readonly exact: number;
  readonly of: number;
  readonly wrong: readonly string[];
}

function compareEach<T extends ExpectedDatagrams | ExpectedEnd>(
  ends: readonly T[],
  closed: ReadonlyMap<string, readonly ConnectionLine[]>,
  differencesOf: (end: T, line: ConnectionLine) => string[],
): Comparison {
  const wrong = ends.flatMap((end) => {
    const found = closed.get(keyOf(end.local, end.remote)) ?? [];
    const told = found.length === 1 ? differencesOf(end, found[0]!) : [`${found.length} records`];
    return told.length === 0 ? [] : [`${end.kind} ${end.local} to ${end.remote}: ${told.join(', ')}`];
  });
  return { exact: ends.length - wrong.length, of: ends.length, wrong };
}

/** @param owner the kernel has the hooks that tell who sends and receives */
export function compareTcp(
  { ends }: Pick<RunResult, 'ends'>,
  lines: readonly ConnectionLine[],
  owner: boolean,
): Comparison {
  return compareEach(ends, closedByPorts(lines, 'tcp'), (end, line) => differences(end, line, lines, owner));
}

/** @param counted how many datagrams each call was can be known there; else it must be null */
export function compareUdp(
  { udp }: Pick<RunResult, 'udp'>,
  lines: readonly ConnectionLine[],
  counted = true,
): Comparison {
  return compareEach(udp, closedByPorts(lines, 'udp'), (end, { total, process, failure }) =>
    texts(
      {
        bytes: `${end.sent}/${end.received}`,
        packets: counted ? `${end.sent_packets}/${end.received_packets}` : 'null/null',
        pid: end.pid,
        failure: null,
      },
      {
        bytes: `${total.sent_bytes}/${total.received_bytes}`,
        packets: `${total.sent_packets}/${total.received_packets}`,
        pid: process?.pid,
        failure: failure?.cause ?? null,
      },
    ),
  );
}

/** Datagrams of the contended exchanges that were not counted; -1: an end was told otherwise than by whole datagrams, or not once. */
export function uncounted({ contended }: RunResult, lines: readonly ConnectionLine[]): number {
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

/**
 * The many connections over veth: each end once, with its direction, its bytes and its owner.
 * @param skippedRuns how often the kernel left a program out (notes.skipped_runs): so many openings may not have been seen
 */
export function compareSteered(
  { steered: { ports, ends } }: RunResult,
  lines: readonly ConnectionLine[],
  skippedRuns: number,
): Comparison {
  let unseen = skippedRuns;
  const asked = new Set(ports);
  const missing = new Map<string, number>();
  for (const end of ends) {
    const text = end.join(' ');
    missing.set(text, (missing.get(text) ?? 0) + 1);
  }
  const surplus: string[] = [];
  for (const { protocol, state, direction, local, remote, total, process, observed_from: from } of lines) {
    if (protocol !== 'tcp' || state !== 'closed') continue;
    if (!asked.has(local.port) && !asked.has(remote?.port ?? -1)) continue;
    const bytes = `${total.sent_bytes} ${total.received_bytes}`;
    const text = `${direction} ${local.port} ${remote?.port} ${bytes} ${process?.pid}`;
    const left = missing.get(text);
    const isLate = from !== 'start' && unseen-- <= 0;
    if (left === undefined || isLate) surplus.push(`not expected: ${text}, seen from ${from}`);
    else if (left > 1) missing.set(text, left - 1);
    else missing.delete(text);
  }
  const lost = [...missing].map(([text, count]) => `missing ${count} of: ${text}`);
  return { exact: ends.length - lost.length, of: ends.length, wrong: [...surplus, ...lost] };
}
