/**
 * What a connection record says, worked out the slow and obvious way: BigInt, strings, plain objects. The oracle of the encoders.
 */
import avro, { type Type } from 'avsc';
import type { ConnectionSource } from '../../src/connections/connection-source.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import { CONN } from '../../src/connections/layout.gen.js';

const word = Buffer.alloc(8);

/** Every long as a bigint, so that all 64 bits can be compared. */
const BIG_LONG = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    // avsc reads it before the next call.
    word.writeBigInt64LE(value);
    return word;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/** The connection schema with bigint longs. */
export const BIG_CONNECTION: Type = avro.Type.forSchema(JSON.parse(CONNECTION.schema), {
  typeHook: (attributes) => ((attributes as { type?: string }).type === 'long' ? BIG_LONG : undefined),
});

const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\\]/u;

/** The bytes of a name up to NUL, made safe. */
export function safeName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  let rest = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
  if (rest.every((byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x5c)) return rest.toString('latin1');
  let safe = '';
  while (rest.length > 0) {
    let length = 1;
    let text: string | null = null;
    for (; length <= 4 && length <= rest.length && text === null; length++) {
      // Only valid UTF-8 survives the round trip.
      const character = rest.subarray(0, length).toString();
      if (Buffer.from(character).equals(rest.subarray(0, length))) text = character;
    }
    length = text === null ? 1 : length - 1;
    if (text !== null && !UNSAFE.test(text)) safe += text;
    else for (const byte of rest.subarray(0, length)) safe += `\\${String(byte).padStart(3, '0')}`;
    rest = rest.subarray(length);
  }
  return safe;
}

/** RFC 5952, from the textbook: join the groups, then shorten the longest run of zeros. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  const tail = bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (tail) groups.splice(6, 2, bytes.subarray(12, 16).join('.'));
  const all = groups.join(':');
  const runs = [...all.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0]);
  const longest = runs.sort((a, b) => b.replaceAll(':', '').length - a.replaceAll(':', '').length)[0];
  if (longest === undefined) return all;
  const at = all.indexOf(longest);
  return `${all.slice(0, at)}::${all.slice(at + longest.length).replace(/^:/, '')}`;
}

const DIRECTIONS = ['unknown', 'incoming', 'outgoing'];
const OWNERS = [null, 'listener', 'snapshot', 'close', 'first_io', 'connect'];
const ENDS = [null, 'local', 'remote'];
const OBSERVED = ['start', 'midstream', 'snapshot'];
const TCP_STATES =
  'established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close close_wait last_ack listen closing new_syn_recv'.split(
    ' ',
  );
const CAUSES: Record<number, [cause: string, by: string | null]> = {
  104: ['reset', 'remote'],
  32: ['reset', 'remote'],
  111: ['refused', 'remote'],
  110: ['timeout', null],
  113: ['host_unreachable', null],
  101: ['network_unreachable', null],
};

/** The record of `s`; its longs are bigints. */
export function referenceConnection(s: ConnectionSource) {
  const v = new DataView(s.u8.buffer as ArrayBuffer, s.u8.byteOffset + s.base, CONN.size);
  const u8 = (at: number) => v.getUint8(at);
  const u16 = (at: number) => v.getUint16(at, true);
  const u32 = (at: number) => BigInt(v.getUint32(at, true));
  const i64 = (at: number) => v.getBigInt64(at, true);
  const ns = (at: number) => v.getBigUint64(at, true);
  const bytes = (at: number, length: number) => s.u8.slice(s.base + at, s.base + at + length);
  const text = (at: number) => {
    const address = bytes(at, 16);
    return u8(CONN.family) === 2 ? address.subarray(0, 4).join('.') : ipv6Text(address);
  };
  const known = (at: number) => bytes(at, 16).some((byte) => byte !== 0);
  const tcp = u8(CONN.protocol) === 6;
  const closed = u8(CONN.state) !== 0;
  const wall = BigInt(s.wallOffsetUs);
  const start = ns(CONN.start_ns);
  const end = ns(CONN.end_ns);
  const established = tcp && (u16(CONN.transitions) & 0b1011_0111_0010) !== 0;
  const error = u16(CONN.error);
  const owner = OWNERS[u8(CONN.owner_source)] ?? null;
  const unknown = u16(CONN.unknown);
  const scope = u32(CONN.scope);
  const counters = (values: readonly bigint[]) => ({
    sent_bytes: values[0]!,
    received_bytes: unknown & 4 ? null : values[1]!,
    sent_packets: unknown & 1 ? null : values[2]!,
    received_packets: unknown & 2 ? null : values[3]!,
    retransmits: values[4]!,
    established: values[5]!,
    closed: values[6]!,
  });
  return {
    host: Buffer.from(s.host).toString(),
    boot_id: Buffer.from(s.bootId).toString(),
    run: BigInt(s.run),
    cookie: i64(CONN.cookie),
    generation: u32(CONN.generation),
    seq: BigInt(s.seq),
    protocol: tcp ? 'tcp' : 'udp',
    family: u8(CONN.family) === 2 ? 'ipv4' : 'ipv6',
    direction: DIRECTIONS[u8(CONN.direction)] ?? 'unknown',
    state: closed ? 'closed' : 'open',
    local: {
      address: known(CONN.local_address) ? text(CONN.local_address) : null,
      port: u16(CONN.local_port),
      names: null,
    },
    remote:
      known(CONN.remote_address) || u16(CONN.remote_port) !== 0
        ? {
            address: text(CONN.remote_address),
            port: u16(CONN.remote_port),
            scope: scope === 0n ? null : scope,
            names: null,
          }
        : null,
    netns: { inode: u32(CONN.netns_inode), cookie: i64(CONN.netns_cookie) },
    process:
      owner === null
        ? null
        : {
            pid: u32(CONN.pid),
            name: safeName(bytes(CONN.comm, 16)),
            uid: u32(CONN.uid),
            cgroup_id: i64(CONN.cgroup_id),
            source: owner,
          },
    start: start === 0n ? null : start / 1000n + wall,
    end: closed && end !== 0n ? end / 1000n + wall : null,
    duration_us: start === 0n || end === 0n ? null : end / 1000n - start / 1000n,
    delta: counters([0, 1, 2, 3, 4, 5, 6].map((i) => BigInt(s.delta[s.d + i]!))),
    total: counters([
      ...[CONN.sent_bytes, CONN.received_bytes, CONN.sent_packets, CONN.received_packets].map(i64),
      u32(CONN.retransmits),
      established ? 1n : 0n,
      closed ? 1n : 0n,
    ]),
    rtt_us: tcp && u32(CONN.srtt_us) !== 0n ? u32(CONN.srtt_us) : null,
    rtt_var_us: tcp && u32(CONN.srtt_us) !== 0n ? u32(CONN.rttvar_us) : null,
    rtt_min_us: tcp && ![0n, 0xffffffffn].includes(u32(CONN.min_rtt_us)) ? u32(CONN.min_rtt_us) : null,
    failure:
      error === 0 && !(unknown & 8)
        ? null
        : {
            cause: CAUSES[error]?.[0] ?? 'other',
            errno: error === 0 ? null : error,
            by: tcp && u8(CONN.reset_by) === 0 ? null : (CAUSES[error]?.[1] ?? null),
          },
    observed_from: OBSERVED[u8(CONN.observed_from)] ?? 'midstream',
    tcp: tcp
      ? {
          established,
          state_transitions: u16(CONN.transitions),
          last_state: TCP_STATES[u8(CONN.tcp_state) - 1] ?? null,
          reset_by: ENDS[u8(CONN.reset_by)] ?? null,
        }
      : null,
  };
}

/** The NDJSON line of a reference record. */
export function referenceLine(record: ReturnType<typeof referenceConnection>): string {
  const time = (us: bigint | null) => {
    if (us === null) return null;
    if (!Number.isSafeInteger(Number(us))) return us;
    const micros = ((us % 1_000_000n) + 1_000_000n) % 1_000_000n;
    const date = new Date(Number((us - micros) / 1000n));
    return date.toISOString().replace('.000Z', `.${String(micros).padStart(6, '0')}Z`);
  };
  const shown = { record: 'connection', ...record, start: time(record.start), end: time(record.end) };
  const json = JSON.stringify(shown, (_key, value) => (typeof value === 'bigint' ? `#${value}#` : value));
  return `${json.replaceAll(/"#(-?\d+)#"/g, '$1')}\n`;
}
