import type { ConnectionTerms, FailureTerm, FilterEnd } from './filter.js';
import { type CompiledAddress, compileAddress, within } from './filter-address.js';
import { COMM_LENGTH, CONN, DIRECTION, IPV4, OWNER_SOURCE, STATE, TCP, UDP, UNKNOWN } from './layout.gen.js';

/** Bits of the ends an alternative looks at. */
const LOCAL = 1;
const REMOTE = 2;
const ENDS: Record<FilterEnd, number> = { local: LOCAL, remote: REMOTE, any: LOCAL | REMOTE };
/** Words per port alternative: ends, first, last. */
const PORT_WORDS = 3;
const HIGH = 4294967296;

const FAILURES: Record<FailureTerm, number> = {
  reset: 1,
  refused: 2,
  timeout: 4,
  host_unreachable: 8,
  network_unreachable: 16,
  other: 32,
  any: 63,
};

/** One bit per dimension. */
const PROTOCOL = 1 << 0;
const DIRECTIONS = 1 << 1;
const STATES = 1 << 2;
const FAILED = 1 << 3;
const PORT = 1 << 4;
const NETNS = 1 << 5;
const PID = 1 << 6;
const UID = 1 << 7;
const CGROUP = 1 << 8;
const BYTES = 1 << 9;
const DURATION = 1 << 10;
const NAME = 1 << 11;
const ADDRESS = 1 << 12;

/** One set of terms compiled to numbers: testing a record allocates nothing. */
export class FilterTerms {
  /** Bits of the dimensions that were given. */
  readonly #given: number;
  /** One bit per value. */
  readonly #protocols: number;
  readonly #directions: number;
  readonly #states: number;
  readonly #failures: number;
  readonly #ports: Uint32Array;
  readonly #netns: Uint32Array;
  readonly #pids: Uint32Array;
  readonly #uids: Uint32Array;
  /** Low and high word of each. */
  readonly #cgroups: Uint32Array;
  readonly #minBytes: number;
  readonly #minDurationUs: number;
  readonly #names: readonly Uint8Array[];
  readonly #addresses: readonly CompiledAddress[];

  constructor(terms: ConnectionTerms) {
    const { protocols = [], directions = [], states = [], failures = [], ports = [] } = terms;
    this.#protocols = protocols.reduce((bits, name) => bits | (name === 'tcp' ? 1 : 2), 0);
    this.#directions = directions.reduce((bits, name) => bits | (1 << DIRECTION[name]), 0);
    this.#states = states.reduce((bits, name) => bits | (1 << STATE[name]), 0);
    this.#failures = failures.reduce((bits, name) => bits | FAILURES[name], 0);
    this.#ports = Uint32Array.from(ports.flatMap(({ end, first, last }) => [ENDS[end], first, last]));
    this.#netns = Uint32Array.from(terms.netns ?? []);
    this.#pids = Uint32Array.from(terms.pids ?? []);
    this.#uids = Uint32Array.from(terms.uids ?? []);
    this.#cgroups = Uint32Array.from((terms.cgroups ?? []).flatMap((id) => [id % HIGH, Math.floor(id / HIGH)]));
    this.#minBytes = terms.minBytes ?? 0;
    this.#minDurationUs = terms.minDurationUs ?? 0;
    this.#names = (terms.processNames ?? []).map(comm);
    this.#addresses = (terms.addresses ?? []).map((range) => compileAddress(range, ENDS[range.end]));
    // In the order of the bits.
    const lengths = [
      protocols.length,
      directions.length,
      states.length,
      failures.length,
      ports.length,
      this.#netns.length,
      this.#pids.length,
      this.#uids.length,
      this.#cgroups.length,
      terms.minBytes === undefined ? 0 : 1,
      terms.minDurationUs === undefined ? 0 : 1,
      this.#names.length,
      this.#addresses.length,
    ];
    this.#given = lengths.reduce<number>((bits, length, i) => (length > 0 ? bits | (1 << i) : bits), 0);
  }

  /** Whether the `struct ct_conn` at byte `base` matches every dimension given; the cheap ones are looked at first. */
  all(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    const given = this.#given;
    if (given & PROTOCOL && !this.#isProtocol(u8, base)) return false;
    if (given & DIRECTIONS && !this.#isDirection(u8, base)) return false;
    if (given & STATES && !this.#isState(u8, base)) return false;
    if (given & FAILED && !this.#failed(u8, base)) return false;
    if (given & PORT && !this.#hasPort(u32, base)) return false;
    if (given & NETNS && !has(this.#netns, u32[(base + CONN.netns_inode) >>> 2]!)) return false;
    if (given & PID && !this.#hasPid(u8, u32, base)) return false;
    if (given & UID && !this.#hasUid(u8, u32, base)) return false;
    if (given & CGROUP && !this.#hasCgroup(u8, u32, base)) return false;
    if (given & BYTES && !this.#hasBytes(u8, u32, base)) return false;
    if (given & DURATION && !this.#lasted(u32, base)) return false;
    if (given & NAME && !this.#hasName(u8, base)) return false;
    if (given & ADDRESS && !this.#hasAddress(u8, base)) return false;
    return true;
  }

  /** Whether it matches any dimension given. */
  any(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    const given = this.#given;
    if (given === 0) return false;
    if (given & PROTOCOL && this.#isProtocol(u8, base)) return true;
    if (given & DIRECTIONS && this.#isDirection(u8, base)) return true;
    if (given & STATES && this.#isState(u8, base)) return true;
    if (given & FAILED && this.#failed(u8, base)) return true;
    if (given & PORT && this.#hasPort(u32, base)) return true;
    if (given & NETNS && has(this.#netns, u32[(base + CONN.netns_inode) >>> 2]!)) return true;
    if (given & PID && this.#hasPid(u8, u32, base)) return true;
    if (given & UID && this.#hasUid(u8, u32, base)) return true;
    if (given & CGROUP && this.#hasCgroup(u8, u32, base)) return true;
    if (given & BYTES && this.#hasBytes(u8, u32, base)) return true;
    if (given & DURATION && this.#lasted(u32, base)) return true;
    if (given & NAME && this.#hasName(u8, base)) return true;
    if (given & ADDRESS && this.#hasAddress(u8, base)) return true;
    return false;
  }

  #isProtocol(u8: Uint8Array, base: number): boolean {
    const protocol = u8[base + CONN.protocol];
    return (this.#protocols & (protocol === TCP ? 1 : protocol === UDP ? 2 : 0)) !== 0;
  }

  #isDirection(u8: Uint8Array, base: number): boolean {
    return (this.#directions & (1 << u8[base + CONN.direction]!)) !== 0;
  }

  #isState(u8: Uint8Array, base: number): boolean {
    return (this.#states & (1 << u8[base + CONN.state]!)) !== 0;
  }

  #failed(u8: Uint8Array, base: number): boolean {
    return (this.#failures & failure(u8, base)) !== 0;
  }

  #hasPid(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    return owned(u8, base) && has(this.#pids, u32[(base + CONN.pid) >>> 2]!);
  }

  #hasUid(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    return owned(u8, base) && has(this.#uids, u32[(base + CONN.uid) >>> 2]!);
  }

  #hasBytes(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    return payload(u8, u32, base) >= this.#minBytes;
  }

  #lasted(u32: Uint32Array, base: number): boolean {
    return durationUs(u32, base) >= this.#minDurationUs;
  }

  #hasPort(u32: Uint32Array, base: number): boolean {
    const both = u32[(base + CONN.local_port) >>> 2]!;
    const local = both & 0xffff;
    const remote = both >>> 16;
    const ports = this.#ports;
    for (let i = 0; i < ports.length; i += PORT_WORDS) {
      const first = ports[i + 1]!;
      const last = ports[i + 2]!;
      if (ports[i]! & LOCAL && local >= first && local <= last) return true;
      if (ports[i]! & REMOTE && remote >= first && remote <= last) return true;
    }
    return false;
  }

  #hasCgroup(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    if (!owned(u8, base)) return false;
    const at = (base + CONN.cgroup_id) >>> 2;
    const ids = this.#cgroups;
    for (let i = 0; i < ids.length; i += 2) if (ids[i] === u32[at] && ids[i + 1] === u32[at + 1]) return true;
    return false;
  }

  #hasName(u8: Uint8Array, base: number): boolean {
    if (!owned(u8, base)) return false;
    for (let i = 0; i < this.#names.length; i++) if (sameName(u8, base + CONN.comm, this.#names[i]!)) return true;
    return false;
  }

  #hasAddress(u8: Uint8Array, base: number): boolean {
    const v4 = u8[base + CONN.family] === IPV4;
    for (let i = 0; i < this.#addresses.length; i++) {
      const address = this.#addresses[i]!;
      if (address.v4 !== v4) continue;
      if (address.ends & LOCAL && within(u8, base + CONN.local_address, address)) return true;
      if (address.ends & REMOTE && within(u8, base + CONN.remote_address, address)) return true;
    }
    return false;
  }
}

function has(list: Uint32Array, value: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === value) return true;
  return false;
}

/** Whether the process is known: pid, uid, name and cgroup mean nothing otherwise. */
function owned(u8: Uint8Array, base: number): boolean {
  return u8[base + CONN.owner_source] !== OWNER_SOURCE.none;
}

/** The bit of the failure's cause, as the record tells it; 0 when there is none. */
function failure(u8: Uint8Array, base: number): number {
  const errno = u8[base + CONN.error]! | (u8[base + CONN.error + 1]! << 8);
  switch (errno) {
    case 0:
      return u8[base + CONN.unknown]! & UNKNOWN.error ? FAILURES.other : 0;
    case 32:
    case 104:
      return FAILURES.reset;
    case 111:
      return FAILURES.refused;
    case 110:
      return FAILURES.timeout;
    case 113:
      return FAILURES.host_unreachable;
    case 101:
      return FAILURES.network_unreachable;
    default:
      return FAILURES.other;
  }
}

/** Payload bytes of both ways; those sent alone where nothing shows those received: at least so many there were. */
function payload(u8: Uint8Array, u32: Uint32Array, base: number): number {
  const sent = u64(u32, base + CONN.sent_bytes);
  return u8[base + CONN.unknown]! & UNKNOWN.received_bytes ? sent : sent + u64(u32, base + CONN.received_bytes);
}

/** The record's `duration_us`; NaN, which no comparison holds for, when it is null. */
function durationUs(u32: Uint32Array, base: number): number {
  return microseconds(u32, base + CONN.end_ns) - microseconds(u32, base + CONN.start_ns);
}

/** Whole µs of a time in ns, exact beyond 2^53; NaN for 0. 2^32 ns are 4,294,967,296 ns. */
function microseconds(u32: Uint32Array, offset: number): number {
  const low = u32[offset >>> 2]!;
  const high = u32[(offset >>> 2) + 1]!;
  return (low | high) === 0 ? Number.NaN : high * 4294967 + Math.floor((high * 296 + low) / 1000);
}

function u64(u32: Uint32Array, offset: number): number {
  return u32[offset >>> 2]! + u32[(offset >>> 2) + 1]! * HIGH;
}

/** A name as the kernel has it: cut to 15 bytes, filled with zeros. */
function comm(name: string): Uint8Array {
  const bytes = new Uint8Array(COMM_LENGTH);
  bytes.set(new TextEncoder().encode(name).subarray(0, COMM_LENGTH - 1));
  return bytes;
}

/** Bytes behind the first zero are not part of the name. */
function sameName(u8: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < COMM_LENGTH; i++) {
    if (u8[at + i] !== name[i]) return false;
    if (name[i] === 0) return true;
  }
  return true;
}
