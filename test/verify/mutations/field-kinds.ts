import type { Random } from './kind.js';

/** Other values of the same type that the field could have. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  protocol: ['tcp', 'udp'],
  family: ['ipv4', 'ipv6'],
  direction: ['unknown', 'incoming', 'outgoing'],
  state: ['open', 'closed'],
  'process.source': ['connect', 'first_io', 'close', 'listener', 'snapshot'],
  'failure.cause': ['reset', 'refused', 'timeout', 'other'],
  'failure.by': ['local', 'remote'],
  observed_from: ['start', 'midstream', 'snapshot'],
  'tcp.last_state': ['established', 'close_wait', 'last_ack', 'fin_wait2', 'time_wait'],
  'tcp.reset_by': ['local', 'remote'],
};

type Json = Record<string, unknown>;

/** Paths of the members of a line that are no objects and not null. */
export function leavesOf(value: Json, path = ''): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (member === null || at === 'record') return [];
    return typeof member === 'object' ? leavesOf(member as Json, at) : [at];
  });
}

/** The line with another value of one member; null when there is none to be had. */
export function changed(line: Json, path: string, random: Random): Json | null {
  const copy = structuredClone(line);
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce((node, key) => node[key] as Json, copy);
  const other = another(holder[last], path, random);
  if (other === holder[last]) return null;
  holder[last] = other;
  return copy;
}

function another(value: unknown, path: string, random: Random): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value === 0 ? 1 : value + (random(2) === 0 ? 1 : -1);
  const text = value as string;
  const others = OTHERS[path];
  if (others !== undefined) return others.filter((each) => each !== text)[random(others.length - 1)];
  if (path.endsWith('address')) return text.replace(/\d$/, (digit) => (digit === '1' ? '2' : '1'));
  // A time moves by a microsecond, any other text by a letter.
  if (/^\d{4}-.*Z$/.test(text)) return text.replace(/(\d)Z$/, (_, digit) => `${(Number(digit) + 1) % 10}Z`);
  return text.replace(/.$/, (letter) => (letter === 'x' ? 'y' : 'x'));
}
