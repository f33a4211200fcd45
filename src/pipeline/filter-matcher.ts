import { COMM_LENGTH, CONN, DIRECTION, IPV4, OWNER_SOURCE, STATE, TCP, UDP } from '../kernel/layout.gen.js';
import type { AddressRange, ConnectionFilter, FilterEnd, PortRange } from './filter.js';

/** Bits of the ends an alternative looks at. */
const LOCAL = 1;
const REMOTE = 2;
const ENDS: Record<FilterEnd, number> = { local: LOCAL, remote: REMOTE, any: LOCAL | REMOTE };
/** Words per port alternative: ends, first, last. */
const PORT_WORDS = 3;
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

interface CompiledAddress {
  ends: number;
  v4: boolean;
  bytes: Uint8Array;
  /** Whole bytes that must be equal, and the mask of the bits in the next one. */
  whole: number;
  mask: number;
}

/** A filter compiled to arrays of numbers: matching allocates nothing. */
export class FilterMatcher {
  readonly #pids: Float64Array;
  readonly #names: readonly Uint8Array[];
  readonly #ports: Uint32Array;
  readonly #addresses: readonly CompiledAddress[];
  /** One bit per value; 0 = any. */
  readonly #protocols: number;
  readonly #directions: number;
  readonly #states: number;

  constructor(filter: ConnectionFilter) {
    this.#pids = Float64Array.from(filter.pids ?? []);
    this.#names = (filter.processNames ?? []).map(comm);
    this.#ports = Uint32Array.from((filter.ports ?? []).flatMap(portWords));
    this.#addresses = (filter.addresses ?? []).map(compileAddress);
    this.#protocols = (filter.protocols ?? []).reduce((bits, name) => bits | (name === 'tcp' ? 1 : 2), 0);
    this.#directions = (filter.directions ?? []).reduce((bits, name) => bits | (1 << DIRECTION[name]), 0);
    this.#states = (filter.states ?? []).reduce((bits, name) => bits | (1 << STATE[name]), 0);
  }

  /** Whether the `struct ct_conn` at byte `base` matches. */
  matches(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    return (
      this.#matchesKind(u8, base) &&
      (this.#ports.length === 0 || this.#matchesPort(u32, base)) &&
      ((this.#pids.length === 0 && this.#names.length === 0) || this.#matchesOwner(u8, u32, base)) &&
      (this.#addresses.length === 0 || this.#matchesAddress(u8, base))
    );
  }

  #matchesKind(u8: Uint8Array, base: number): boolean {
    const protocol = u8[base + CONN.protocol];
    if (this.#protocols && !(this.#protocols & (protocol === TCP ? 1 : protocol === UDP ? 2 : 0))) return false;
    if (this.#directions && !(this.#directions & (1 << u8[base + CONN.direction]!))) return false;
    return !this.#states || (this.#states & (1 << u8[base + CONN.state]!)) !== 0;
  }

  #matchesPort(u32: Uint32Array, base: number): boolean {
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

  #matchesOwner(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
    if (u8[base + CONN.owner_source] === OWNER_SOURCE.none) return false;
    if (this.#pids.length > 0 && !this.#pids.includes(u32[(base + CONN.pid) >>> 2]!)) return false;
    if (this.#names.length === 0) return true;
    for (let i = 0; i < this.#names.length; i++) if (sameName(u8, base + CONN.comm, this.#names[i]!)) return true;
    return false;
  }

  #matchesAddress(u8: Uint8Array, base: number): boolean {
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

function portWords(range: PortRange): number[] {
  return [ENDS[range.end], range.first, range.last];
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

/** Records carry IPv4-mapped addresses as IPv4, and so does the filter. */
function compileAddress(range: AddressRange): CompiledAddress {
  const mapped =
    range.bytes.length === 16 && range.prefix >= 96 && MAPPED_PREFIX.every((byte, i) => range.bytes[i] === byte);
  const bytes = mapped ? range.bytes.slice(12) : range.bytes.slice();
  const prefix = mapped ? range.prefix - 96 : range.prefix;
  const rest = prefix & 7;
  return {
    ends: ENDS[range.end],
    v4: bytes.length === 4,
    bytes,
    whole: prefix >>> 3,
    mask: rest === 0 ? 0 : 0xff & ~(0xff >>> rest),
  };
}

function within(u8: Uint8Array, at: number, { bytes, whole, mask }: CompiledAddress): boolean {
  for (let i = 0; i < whole; i++) if (u8[at + i] !== bytes[i]) return false;
  return mask === 0 || ((u8[at + whole]! ^ bytes[whole]!) & mask) === 0;
}
