/**
 * Builds frames as the native reader writes them, from plain values; everything left out has a plausible default. One memory per frame,
 * so that a test may keep it.
 */

import {
  BATCH,
  BATCH_CAPACITY,
  CONN,
  DIRECTION,
  FEATURE,
  IPV4,
  IPV6,
  KIND,
  LOST,
  MIN_RTT_UNKNOWN,
  NOTE,
  OWNER_SOURCE,
  PAGE,
  SINGLE,
  SNAPSHOT_MARK,
  STATE,
  TCP,
} from '../../src/connections/layout.gen.js';
import { type FrameView, PUMP } from '../../src/frames/frame-view.js';
import { ACCOUNT, CLOCK, CORE_KIND, FLUSH, FRAME, SELFTEST } from '../../src/frames/layout.gen.js';
import type { AccountColumn } from '../../src/ledger/source-accounts.js';
import type { ReaderField } from './reader-sums.js';

export type Integer = number | bigint;

/** The fields of `struct ct_conn`, each optional. Addresses are bytes in network order. */
export type ConnFields = {
  [field in Exclude<keyof typeof CONN, 'size' | 'comm' | 'local_address' | 'remote_address'>]?: Integer;
} & { comm?: string; local_address?: readonly number[]; remote_address?: readonly number[] };

/** ESTABLISHED and CLOSE, as bits of `transitions`. */
export const ESTABLISHED = 1 << 1;
export const CLOSE = 1 << 7;

const CONN_U64 = [
  'cookie',
  'netns_cookie',
  'cgroup_id',
  'start_ns',
  'end_ns',
  'sent_bytes',
  'received_bytes',
  'sent_packets',
  'received_packets',
] as const;
const CONN_U32 = [
  'netns_inode',
  'pid',
  'uid',
  'generation',
  'retransmits',
  'srtt_us',
  'rttvar_us',
  'min_rtt_us',
] as const;
const CONN_U16 = ['local_port', 'remote_port', 'transitions', 'error', 'unknown'] as const;
const CONN_U8 = [
  'family',
  'protocol',
  'direction',
  'state',
  'owner_source',
  'reset_by',
  'observed_from',
  'tcp_state',
] as const;

const DEFAULTS = {
  cookie: 1,
  netns_cookie: 1,
  cgroup_id: 1,
  start_ns: 1_000_000_000,
  end_ns: 2_000_000_000,
  generation: 1,
  netns_inode: 0xf0000098,
  pid: 100,
  uid: 1000,
  comm: 'curl',
  local_address: [127, 0, 0, 1],
  remote_address: [127, 0, 0, 2],
  local_port: 40000,
  remote_port: 80,
  srtt_us: 50,
  rttvar_us: 20,
  min_rtt_us: MIN_RTT_UNKNOWN,
  transitions: ESTABLISHED | CLOSE,
  family: IPV4,
  protocol: TCP,
  direction: DIRECTION.outgoing,
  state: STATE.closed,
  owner_source: OWNER_SOURCE.connect,
  tcp_state: 7,
} satisfies ConnFields;

/** One `struct ct_conn`: by default a closed, established, outgoing IPv4 TCP connection without traffic. */
export function conn(fields: ConnFields = {}): Uint8Array {
  const bytes = new Uint8Array(CONN.size);
  const view = new DataView(bytes.buffer);
  const all: ConnFields = { ...DEFAULTS, ...fields };
  for (const name of CONN_U64) view.setBigUint64(CONN[name], BigInt(all[name] ?? 0), true);
  for (const name of CONN_U32) view.setUint32(CONN[name], Number(all[name] ?? 0), true);
  for (const name of CONN_U16) view.setUint16(CONN[name], Number(all[name] ?? 0), true);
  for (const name of CONN_U8) view.setUint8(CONN[name], Number(all[name] ?? 0));
  bytes.set(new TextEncoder().encode(all.comm ?? '').subarray(0, 15), CONN.comm);
  bytes.set(all.local_address ?? [], CONN.local_address);
  bytes.set(all.remote_address ?? [], CONN.remote_address);
  if ((all.local_address ?? []).length === 16) view.setUint8(CONN.family, Number(fields.family ?? IPV6));
  return bytes;
}

/** The same as a row of a snapshot: open, `transitions` without CLOSE. */
export function openConn(fields: ConnFields = {}): Uint8Array {
  return conn({ state: STATE.open, transitions: ESTABLISHED, tcp_state: 1, ...fields });
}

/** The payload of a full batch (`kind` batch), or of a partial one read in place (`kind` pending: ends after the last record). */
export function batchPayload(cpu: number, id: Integer, records: readonly Uint8Array[], partial: boolean): Uint8Array {
  if (records.length > BATCH_CAPACITY) throw new RangeError(`a batch holds ${BATCH_CAPACITY} records`);
  const bytes = new Uint8Array(partial ? BATCH.records + records.length * CONN.size : PAGE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(BATCH.head_id, BigInt.asUintN(64, BigInt(id)), true);
  view.setUint32(BATCH.cpu, cpu, true);
  view.setUint32(BATCH.len, records.length, true);
  for (const [i, record] of records.entries()) bytes.set(record, BATCH.records + i * CONN.size);
  if (!partial) view.setBigUint64(BATCH.tail_id, BigInt.asUintN(64, BigInt(id)), true);
  return bytes;
}

export function singlePayload(cpu: number, record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SINGLE.size);
  new DataView(bytes.buffer).setUint32(SINGLE.cpu, cpu, true);
  bytes.set(record, SINGLE.record);
  return bytes;
}

export function snapshotMark(bootNs: Integer, id: number, full = true): Uint8Array {
  const bytes = new Uint8Array(SNAPSHOT_MARK.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(SNAPSHOT_MARK.boot_ns, BigInt(bootNs), true);
  view.setUint32(SNAPSHOT_MARK.id, id, true);
  view.setUint32(SNAPSHOT_MARK.full, full ? 1 : 0, true);
  return bytes;
}

export function clockPayload(bootNs: Integer, wallOffsetUs: Integer = 1_700_000_000_000_000): Uint8Array {
  const bytes = new Uint8Array(CLOCK.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(CLOCK.boot_ns, BigInt(bootNs), true);
  view.setBigInt64(CLOCK.wall_offset_us, BigInt(wallOffsetUs), true);
  return bytes;
}

export function flushPayload(bootNs: Integer, final = false, deltas = true): Uint8Array {
  const bytes = new Uint8Array(FLUSH.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(FLUSH.boot_ns, BigInt(bootNs), true);
  view.setUint32(FLUSH.final, final ? 1 : 0, true);
  view.setUint32(FLUSH.deltas, deltas ? 1 : 0, true);
  return bytes;
}

const ACCOUNT_U16 = ['feature', 'source', 'sources', 'final'] as const;

/** The fields of `struct ct_account`, with the names that connections has for the places of `lost` and `notes`. */
export type AccountFields = { [field in ReaderField | (typeof ACCOUNT_U16)[number] | 'boot_ns']?: Integer };

/** Where the total of that name is. */
function totalOffset(name: string): number {
  if (name.startsWith('lost_')) return ACCOUNT.lost + 8 * LOST[name.slice(5) as keyof typeof LOST];
  if (name in NOTE) return ACCOUNT.notes + 8 * NOTE[name as keyof typeof NOTE];
  return ACCOUNT[name as AccountColumn | 'boot_ns'];
}

/** One `struct ct_account` of connections; all totals 0, the only source, not final. */
export function accountPayload(fields: AccountFields = {}): Uint8Array {
  const bytes = new Uint8Array(ACCOUNT.size);
  const view = new DataView(bytes.buffer);
  const { feature, source, sources, final, ...totals } = {
    feature: FEATURE,
    source: 0,
    sources: 1,
    final: 0,
    ...fields,
  };
  const heads = { feature, source, sources, final };
  for (const name of ACCOUNT_U16) view.setUint16(ACCOUNT[name], Number(heads[name]), true);
  for (const [name, value] of Object.entries(totals)) view.setBigUint64(totalOffset(name), BigInt(value), true);
  return bytes;
}

/** `struct ct_selftest`; what is left out says what a record of `conn` says. */
export interface SelfTestFields {
  cookie: Integer;
  group: number;
  round?: number;
  opened_ns?: Integer;
  pid?: number;
  sent_bytes?: number;
  received_bytes?: number;
  remote_port?: number;
}

export function selftestPayload(sockets: readonly SelfTestFields[]): Uint8Array {
  const bytes = new Uint8Array(SELFTEST.size * sockets.length);
  const view = new DataView(bytes.buffer);
  for (const [i, { cookie, opened_ns = DEFAULTS.start_ns, ...told }] of sockets.entries()) {
    const at = i * SELFTEST.size;
    const words = { round: 0, pid: DEFAULTS.pid, sent_bytes: 0, received_bytes: 0, ...told };
    view.setBigUint64(at + SELFTEST.cookie, BigInt(cookie), true);
    view.setBigUint64(at + SELFTEST.opened_ns, BigInt(opened_ns), true);
    for (const name of ['group', 'round', 'pid', 'sent_bytes', 'received_bytes'] as const)
      view.setUint32(at + SELFTEST[name], words[name], true);
    bytes.set(DEFAULTS.local_address, at + SELFTEST.local_address);
    bytes.set(DEFAULTS.remote_address, at + SELFTEST.remote_address);
    view.setUint16(at + SELFTEST.local_port, DEFAULTS.local_port, true);
    view.setUint16(at + SELFTEST.remote_port, told.remote_port ?? DEFAULTS.remote_port, true);
  }
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A view of one frame in memory of its own, header included, as it would stand in a ring. */
export function frame(
  kind: number,
  payload: Uint8Array,
  {
    source = 0,
    seq = 0,
    fresh = 0,
    bootNs = 0,
  }: { source?: number; seq?: number; fresh?: number; bootNs?: Integer } = {},
): FrameView {
  const u8 = new Uint8Array(FRAME.size + ((payload.length + 7) & ~7));
  const view = new DataView(u8.buffer);
  view.setUint32(FRAME.length, payload.length, true);
  view.setUint16(FRAME.kind, kind, true);
  view.setUint16(FRAME.source, source, true);
  view.setUint32(FRAME.seq, seq, true);
  view.setUint32(FRAME.fresh, fresh, true);
  view.setBigUint64(FRAME.boot_ns, BigInt(bootNs), true);
  u8.set(payload, FRAME.size);
  return { kind, source, seq, fresh, u8, u32: new Uint32Array(u8.buffer), start: FRAME.size, length: payload.length };
}

/**
 * Writes a stream of frames: numbers them per source and works out `fresh` as a reader would. Each method returns the frame and hands
 * it to `emit`.
 */
export class FrameStream {
  readonly frames: FrameView[] = [];
  readonly #emit: ((frame: FrameView) => void) | undefined;
  readonly #seq = new Map<number, number>();
  readonly #seen = new Map<string, number>();
  /** Source of the frames that follow. */
  source = 0;

  constructor(emit?: (frame: FrameView) => void) {
    this.#emit = emit;
  }

  batch(cpu: number, id: Integer, records: readonly Uint8Array[]): FrameView {
    const fresh = this.#fresh(cpu, id, records.length);
    return this.add(KIND.batch, batchPayload(cpu, id, records, false), fresh);
  }

  pending(cpu: number, id: Integer, records: readonly Uint8Array[]): FrameView {
    const fresh = this.#fresh(cpu, id, records.length);
    return this.add(KIND.pending, batchPayload(cpu, id, records, true), fresh);
  }

  single(cpu: number, record: Uint8Array): FrameView {
    return this.add(KIND.single, singlePayload(cpu, record), 1);
  }

  /** BEGIN, the rows in one frame, END. */
  snapshot(bootNs: Integer, id: number, rows: readonly Uint8Array[], full = true): void {
    this.snapshotBegin(bootNs, id, full);
    if (rows.length > 0) this.rows(rows);
    this.snapshotEnd(bootNs, id, full);
  }

  snapshotBegin(bootNs: Integer, id: number, full = true): FrameView {
    return this.add(KIND.snapshot_begin, snapshotMark(bootNs, id, full));
  }

  rows(rows: readonly Uint8Array[]): FrameView {
    return this.add(KIND.snapshot, concat(rows));
  }

  snapshotEnd(bootNs: Integer, id: number, full = true): FrameView {
    return this.add(KIND.snapshot_end, snapshotMark(bootNs, id, full));
  }

  clock(bootNs: Integer, wallOffsetUs?: Integer): FrameView {
    return this.add(CORE_KIND.clock, clockPayload(bootNs, wallOffsetUs));
  }

  account(fields: AccountFields): FrameView {
    return this.add(CORE_KIND.account, accountPayload({ source: this.source, ...fields }));
  }

  flush(bootNs: Integer, { final = false, deltas = true } = {}): FrameView {
    return this.add(CORE_KIND.flush, flushPayload(bootNs, final, deltas), 0, PUMP);
  }

  selftest(sockets: readonly SelfTestFields[]): FrameView {
    return this.add(CORE_KIND.selftest, selftestPayload(sockets), 0, PUMP);
  }

  add(kind: number, payload: Uint8Array, fresh = 0, source = this.source): FrameView {
    const seq = this.#seq.get(source) ?? 0;
    this.#seq.set(source, seq + 1);
    const view = frame(kind, payload, { source, seq, fresh });
    this.frames.push(view);
    this.#emit?.(view);
    return view;
  }

  /** A frame that never arrives: its number is missing. */
  skip(source = this.source): void {
    this.#seq.set(source, (this.#seq.get(source) ?? 0) + 1);
  }

  #fresh(cpu: number, id: Integer, length: number): number {
    const key = `${cpu}/${BigInt(id)}`;
    const seen = this.#seen.get(key) ?? 0;
    this.#seen.set(key, Math.max(seen, length));
    return Math.max(0, length - seen);
  }
}
