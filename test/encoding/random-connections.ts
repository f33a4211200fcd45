import type { ConnectionSource } from '../../src/connections/connection-source.js';
import { COMM_LENGTH, CONN } from '../../src/connections/layout.gen.js';
import { NO_JOIN } from '../../src/connections/record-batch.js';

/** Deterministic 32-bit numbers (Marsaglia's xorshift): a failing seed reproduces the records. */
export function xorshift(seed: number): () => number {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const NAMES = [
  'nginx',
  'a',
  'postgres',
  'kworker/u8:3',
  'с именем',
  'tab\there',
  'q"uote',
  'back\\slash',
  '\u202eevil',
  '\u0085nel',
];
/** Powers of two where encodings change length, and their neighbours. */
const EDGES = [
  0, 1, 63, 64, 127, 128, 8191, 8192, 16383, 16384, 1048575, 1048576, 134217727, 134217728, 268435455, 2147483647,
  2147483648, 4294967295,
];

/** Random `struct ct_conn` in reused memory: mostly plausible, with every extreme now and then. */
export class RandomConnections {
  readonly source: ConnectionSource;
  readonly view: DataView;
  readonly random: () => number;

  constructor(seed: number) {
    const buffer = new SharedArrayBuffer(CONN.size + 64);
    this.random = xorshift(seed);
    this.view = new DataView(buffer);
    this.source = {
      u8: new Uint8Array(buffer),
      u32: new Uint32Array(buffer),
      base: 0,
      seq: 0,
      delta: new Float64Array(16),
      d: 0,
      wallOffsetUs: 1_790_000_000_000_000,
      joins: [],
      localNames: NO_JOIN,
      remoteNames: NO_JOIN,
      place: 0,
      host: new TextEncoder().encode('host-7.example.net'),
      bootId: new TextEncoder().encode('5f0c3c1e-3a5e-4f7e-9a39-0d6a1c2b3d4e'),
      run: 81_234_567_890,
    };
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random() % values.length]!;
  }

  chance(one: number): boolean {
    return this.random() % one === 0;
  }

  u32(): number {
    if (this.chance(3)) return this.pick(EDGES);
    return this.random() >>> (this.random() % 32);
  }

  u64(): bigint {
    if (this.chance(4)) return BigInt.asUintN(64, (BigInt(this.random()) << 32n) | BigInt(this.random()));
    return this.chance(2)
      ? BigInt(this.u32())
      : (BigInt(this.random() >>> (this.random() % 32)) << 32n) | BigInt(this.random());
  }

  /** A boot time within 70 years of uptime: the exact range of the conversion to µs. */
  bootNs(): bigint {
    if (this.chance(12)) return 0n;
    return this.chance(5) ? this.u64() >> 3n : BigInt(this.random()) * BigInt(this.random() % 100_000);
  }

  /** A byte where one of `count` values is expected, rarely another one. */
  enumerated(count: number): number {
    return this.chance(50) ? this.random() & 0xff : this.random() % count;
  }

  count(): number {
    return this.chance(8) ? Number(this.u64() >> 11n) : this.u32();
  }

  address(at: number, family: number): void {
    const { u8 } = this.source;
    for (let i = 0; i < 16; i++) u8[at + i] = (i < 4 || family !== 2) && !this.chance(2) ? this.random() & 0xff : 0;
    if (this.chance(10)) u8.fill(0, at, at + 16);
  }

  name(at: number): void {
    const { u8 } = this.source;
    u8.fill(0, at, at + COMM_LENGTH);
    if (this.chance(10)) for (let i = 0; i < COMM_LENGTH; i++) u8[at + i] = this.random() & 0xff;
    else new TextEncoder().encodeInto(this.pick(NAMES), u8.subarray(at, at + COMM_LENGTH - 1));
  }

  /** Overwrites `source` with the next record. */
  next(): ConnectionSource {
    const { source, view } = this;
    const base = 8 * (this.random() % 8);
    source.base = base;
    source.seq++;
    source.d = this.random() % 9;
    if (this.chance(100))
      source.wallOffsetUs = this.pick([0, -5_000_000, 1_790_000_000_000_123, 4_000_000_000_000_000]);
    for (let i = 0; i < 7; i++) source.delta[source.d + i] = this.count();
    const family = this.chance(3) ? 10 : 2;
    const u64 = (at: number, value: bigint) => view.setBigUint64(base + at, value, true);
    for (const at of [CONN.cookie, CONN.netns_cookie, CONN.cgroup_id]) u64(at, this.u64());
    for (const at of [CONN.start_ns, CONN.end_ns]) u64(at, this.bootNs());
    for (const at of [CONN.sent_bytes, CONN.received_bytes, CONN.sent_packets, CONN.received_packets])
      u64(at, this.u64());
    this.address(base + CONN.local_address, family);
    this.address(base + CONN.remote_address, family);
    view.setUint16(base + CONN.local_port, this.random(), true);
    view.setUint16(base + CONN.remote_port, this.chance(4) ? 0 : this.random(), true);
    for (const at of [CONN.netns_inode, CONN.pid, CONN.uid, CONN.generation, CONN.retransmits])
      view.setUint32(base + at, this.u32(), true);
    this.name(base + CONN.comm);
    view.setUint32(base + CONN.srtt_us, this.u32(), true);
    view.setUint32(base + CONN.rttvar_us, this.u32(), true);
    view.setUint32(base + CONN.min_rtt_us, this.u32(), true);
    view.setUint16(base + CONN.transitions, this.random() & (this.chance(3) ? 0xffff : 0x1fff), true);
    view.setUint16(
      base + CONN.error,
      this.pick([0, 0, 0, 104, 32, 111, 110, 113, 101, 12, this.random() & 0xffff]),
      true,
    );
    view.setUint8(base + CONN.family, this.chance(50) ? this.random() & 0xff : family);
    view.setUint8(base + CONN.protocol, this.chance(3) ? 17 : 6);
    view.setUint8(base + CONN.direction, this.enumerated(3));
    view.setUint8(base + CONN.state, this.enumerated(2));
    view.setUint8(base + CONN.owner_source, this.enumerated(6));
    view.setUint8(base + CONN.reset_by, this.enumerated(3));
    view.setUint8(base + CONN.observed_from, this.enumerated(3));
    view.setUint8(base + CONN.tcp_state, this.enumerated(13));
    view.setUint32(base + CONN.scope, this.chance(2) ? 0 : this.u32(), true);
    view.setUint16(base + CONN.unknown, this.chance(2) ? 0 : this.random() & 0xffff, true);
    return source;
  }
}
