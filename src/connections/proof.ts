import { u64 } from '../frames/words.js';
import type { Proofs } from '../pipeline/proofs.js';
import { CONN, DIRECTION, HOOK_GROUP, IPV4, OBSERVED_FROM, OWNER_SOURCE, TCP, UDP } from './layout.gen.js';
import type { RecordBatch } from './record-batch.js';

/** Each conversation of ours is of one datagram each way. */
const DATAGRAMS = 1;

/** The record at byte `base` of a batch, and the socket of ours that it is of. */
interface Found {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly base: number;
  readonly proofs: Proofs;
  readonly k: number;
}

/**
 * What is wrong with record `i`, of our socket `k`, as a proof of that socket's group, half a sentence: it has to say what users would get
 * of that group. '' = nothing is; null: it says nothing about the group.
 */
export function faultOf(batch: RecordBatch, i: number, proofs: Proofs, k: number): string | null {
  const { u8, u32, closed } = batch;
  const found: Found = { u8, u32, base: batch.base + i * CONN.size, proofs, k };
  const group = proofs.told(k, 'group');
  // An open record is of the snapshot, a closed one of all others.
  if (closed === (group === HOOK_GROUP.snapshot)) return null;
  switch (group) {
    case HOOK_GROUP.tcp:
      return faults(protocol(found, TCP), direction(found), start(found), ...bytes(found), ...ends(found));
    case HOOK_GROUP.owner:
      return faults(owner(found));
    case HOOK_GROUP.udp:
      return faults(protocol(found, UDP), ...datagrams(found), ...bytes(found), ...ends(found));
    case HOOK_GROUP.snapshot:
      return faults(...bytes(found), ...ends(found));
    default:
      return null;
  }
}

function faults(...all: readonly string[]): string {
  return all.filter((fault) => fault !== '').join(', ');
}

function differs(what: string, found: string | number, expected: string | number): string {
  return found === expected ? '' : `${what} ${found} instead of ${expected}`;
}

function protocol({ u8, base }: Found, expected: number): string {
  return differs('protocol', u8[base + CONN.protocol]!, expected);
}

/** Of the accepted end. */
function direction({ u8, base }: Found): string {
  return differs('direction', nameOf(DIRECTION, u8[base + CONN.direction]!), nameOf(DIRECTION, DIRECTION.incoming));
}

function start({ u8, u32, base, proofs, k }: Found): string {
  const from = differs(
    'observed from',
    nameOf(OBSERVED_FROM, u8[base + CONN.observed_from]!),
    nameOf(OBSERVED_FROM, OBSERVED_FROM.start),
  );
  const ns = u64(u32, (base + CONN.start_ns) >>> 2);
  if (ns === 0) return faults(from, 'no start');
  return faults(from, ns < proofs.openedNs(k) ? 'a start before it began' : '');
}

function bytes({ u32, base, proofs, k }: Found): string[] {
  return [
    differs('sent bytes', u64(u32, (base + CONN.sent_bytes) >>> 2), proofs.told(k, 'sent_bytes')),
    differs('received bytes', u64(u32, (base + CONN.received_bytes) >>> 2), proofs.told(k, 'received_bytes')),
  ];
}

function datagrams({ u32, base }: Found): string[] {
  return [
    differs('sent datagrams', u64(u32, (base + CONN.sent_packets) >>> 2), DATAGRAMS),
    differs('received datagrams', u64(u32, (base + CONN.received_packets) >>> 2), DATAGRAMS),
  ];
}

function ends({ u8, u32, base, proofs, k }: Found): string[] {
  const ports = u32[(base + CONN.local_port) >>> 2]!;
  const told = (end: 'local' | 'remote'): string =>
    `${dotted(proofs.told(k, `${end}_address`))}:${proofs.told(k, `${end}_port`)}`;
  const found = (end: 'local' | 'remote', port: number): string =>
    `${dotted(u32[(base + CONN[`${end}_address`]) >>> 2]!)}:${port}`;
  return [
    differs('family', u8[base + CONN.family]!, IPV4),
    differs('local end', found('local', ports & 0xffff), told('local')),
    differs('peer', found('remote', ports >>> 16), told('remote')),
  ];
}

/** The process that accepted it, by what it sent and received. */
function owner({ u8, u32, base, proofs, k }: Found): string {
  const source = u8[base + CONN.owner_source]!;
  const pid = u32[(base + CONN.pid) >>> 2]!;
  const expected = proofs.told(k, 'pid') || pid;
  return faults(
    differs('owner by', nameOf(OWNER_SOURCE, source), nameOf(OWNER_SOURCE, OWNER_SOURCE.first_io)),
    source === OWNER_SOURCE.none ? '' : differs('process', pid, expected),
  );
}

/** IPv4, as the four bytes stand in a word. */
function dotted(word: number): string {
  return [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24].join('.');
}

/** A number of the kernel side in words. */
function nameOf(names: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? `${value}`;
}
