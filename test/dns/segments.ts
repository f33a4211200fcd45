/** Frames of DNS as the program writes them: pieces of what goes between two ends. */
import { encode, type Packet } from 'dns-packet';
import { IPV4, IPV6, KEPT, KIND, OWNER_SOURCE, SEGMENT, SOURCE, TCP, UDP } from '../../src/dns/layout.gen.js';

export interface End {
  /** Dotted quad, or 16 bytes. */
  address: string | Uint8Array;
  port: number;
}

export interface SegmentFields {
  bootNs: number;
  local: End;
  remote: End;
  source?: keyof typeof SOURCE;
  /** Bytes of the piece; those beyond KEPT are cut. */
  bytes?: Uint8Array;
  tcp?: boolean;
  seq?: number;
  flags?: number;
  offset?: number;
  wireLength?: number;
  cookie?: bigint;
  netns?: bigint;
  netnsInode?: number;
  ifindex?: number;
  pid?: number;
  comm?: string;
  owner?: keyof typeof OWNER_SOURCE;
  startNs?: number;
}

export const CLIENT: End = { address: '192.0.2.10', port: 40_000 };
export const SERVER: End = { address: '192.0.2.53', port: 53 };

/** `struct ct_dns_segment` with its bytes. */
export function segment(fields: SegmentFields): Uint8Array {
  const bytes = fields.bytes ?? new Uint8Array(0);
  const kept = Math.min(bytes.length, KEPT);
  const payload = new Uint8Array(SEGMENT.size + kept);
  const view = new DataView(payload.buffer);
  const tcp = fields.tcp ?? fields.seq !== undefined;
  view.setUint16(SEGMENT.event, kept === 0 && tcp ? KIND.flags : KIND.segment, true);
  view.setUint32(SEGMENT.event + 4, payload.length, true);
  view.setBigUint64(SEGMENT.boot_ns, BigInt(Math.round(fields.bootNs)), true);
  view.setBigUint64(SEGMENT.cookie, fields.cookie ?? 77n, true);
  view.setBigUint64(SEGMENT.netns_cookie, fields.netns ?? 1n, true);
  view.setUint32(SEGMENT.netns_inode, fields.netnsInode ?? 4026531840, true);
  view.setUint32(SEGMENT.ifindex, fields.ifindex ?? 0, true);
  view.setUint32(SEGMENT.wire_length, fields.wireLength ?? bytes.length, true);
  view.setUint32(SEGMENT.offset, fields.offset ?? 0, true);
  view.setUint32(SEGMENT.tcp_seq, fields.seq ?? 0, true);
  view.setUint16(SEGMENT.kept, kept, true);
  view.setUint16(SEGMENT.vlan, 0xffff, true);
  payload[SEGMENT.tcp_flags] = fields.flags ?? 0;
  payload[SEGMENT.protocol] = tcp ? TCP : UDP;
  payload[SEGMENT.family] = typeof fields.local.address === 'string' ? IPV4 : IPV6;
  payload[SEGMENT.source] = SOURCE[fields.source ?? 'cgroup_out'];
  for (const end of ['local', 'remote'] as const) {
    const { address, port } = fields[end];
    view.setUint16(SEGMENT[`${end}_port`], port, true);
    payload.set(typeof address === 'string' ? address.split('.').map(Number) : address, SEGMENT[`${end}_address`]);
  }
  const owner = fields.owner ?? (fields.pid === undefined ? 'none' : 'send');
  payload[SEGMENT.owner_source] = OWNER_SOURCE[owner];
  if (owner !== 'none') {
    view.setUint32(SEGMENT.pid, fields.pid ?? 4711, true);
    view.setUint32(SEGMENT.uid, 1000, true);
    view.setBigUint64(SEGMENT.cgroup_id, 5n, true);
    view.setBigUint64(SEGMENT.start_ns, BigInt(fields.startNs ?? 0), true);
    payload.set(new TextEncoder().encode(fields.comm ?? 'dig'), SEGMENT.comm);
  }
  payload.set(bytes.subarray(0, kept), SEGMENT.bytes);
  return payload;
}

export type Question = [name: string, type: string];

/** A query as dns-packet encodes it. */
export function query(id: number, [name, type]: Question, more: Partial<Packet> = {}): Uint8Array {
  return encode({ type: 'query', id, flags: 0x100, questions: [{ name, type: type as 'A' }], ...more });
}

/** An answer with these records; `rcode` by number. */
export function answer(
  id: number,
  [name, type]: Question,
  answers: Packet['answers'] = [],
  { rcode = 0, ...more }: Partial<Packet> & { rcode?: number } = {},
): Uint8Array {
  const questions = [{ name, type: type as 'A' }];
  return encode({ type: 'response', id, flags: 0x180 | rcode, questions, answers, ...more });
}

/** A message with its length in front, as on TCP. */
export function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + message.length);
  new DataView(bytes.buffer).setUint16(0, message.length);
  bytes.set(message, 2);
  return bytes;
}
