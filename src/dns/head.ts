import { MAX_BOOT_NS } from '../frames/bounds.js';
import { u64 } from '../frames/words.js';
import { IPV4, IPV6, KEPT, OWNER_SOURCE, SEGMENT, SOURCE, TCP, UDP } from './layout.gen.js';

/** Words of `struct ct_dns_segment` in front of its bytes. */
export const HEAD_WORDS = SEGMENT.size >>> 2;

const BOOT_NS = SEGMENT.boot_ns >>> 2;
const START_NS = SEGMENT.start_ns >>> 2;
const ADDRESS_WORDS = 4;
const LOCAL = SEGMENT.local_address >>> 2;
const REMOTE = SEGMENT.remote_address >>> 2;
/** Both ports, the local one in the lower half. */
const PORTS = SEGMENT.local_port >>> 2;

/** Whether the program can have written this: a piece of `length` bytes at `start`. */
export function isPossibleSegment(u8: Uint8Array, u32: Uint32Array, start: number, length: number): boolean {
  const kept = keptOf(u32, start);
  const wire = u32[(start + SEGMENT.wire_length) >>> 2]!;
  const protocol = u8[start + SEGMENT.protocol]!;
  const family = u8[start + SEGMENT.family]!;
  const owner = u8[start + SEGMENT.owner_source]!;
  return (
    u64(u32, (start + SEGMENT.boot_ns) >>> 2) < MAX_BOOT_NS &&
    u64(u32, (start + SEGMENT.start_ns) >>> 2) < MAX_BOOT_NS &&
    kept <= KEPT &&
    SEGMENT.size + kept <= length &&
    u32[(start + SEGMENT.offset) >>> 2]! + kept <= wire &&
    (protocol === UDP || protocol === TCP) &&
    (family === IPV4 || family === IPV6) &&
    u8[start + SEGMENT.source]! <= SOURCE.packet_other &&
    owner <= OWNER_SOURCE.send &&
    (owner === OWNER_SOURCE.none || u32[(start + SEGMENT.pid) >>> 2] !== 0)
  );
}

/** Bytes that a piece tells. */
export function keptOf(u32: Uint32Array, start: number): number {
  return u32[(start + SEGMENT.kept) >>> 2]! & 0xffff;
}

/**
 * What a piece says beside its bytes, in memory of its own: `struct ct_dns_segment`, which may be turned so that local is the end that a record
 * is about. One object, filled anew for each message.
 */
export class Head {
  readonly u8 = new Uint8Array(SEGMENT.size);
  readonly u32 = new Uint32Array(this.u8.buffer);

  take(u32: Uint32Array, start: number): void {
    const own = this.u32;
    for (let i = 0, w = start >>> 2; i < HEAD_WORDS; i++, w++) own[i] = u32[w]!;
  }

  /** Local becomes remote. */
  turn(): void {
    const { u32 } = this;
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      const word = u32[LOCAL + i]!;
      u32[LOCAL + i] = u32[REMOTE + i]!;
      u32[REMOTE + i] = word;
    }
    const ports = u32[PORTS]!;
    u32[PORTS] = (ports << 16) | (ports >>> 16);
  }

  /** Boot clock, ns. */
  get bootNs(): number {
    return u64(this.u32, BOOT_NS);
  }

  /** When the process began, boot clock, ns; 0: not known. */
  get startNs(): number {
    return u64(this.u32, START_NS);
  }

  get source(): number {
    return this.u8[SEGMENT.source]!;
  }

  get isTcp(): boolean {
    return this.u8[SEGMENT.protocol] === TCP;
  }

  get localPort(): number {
    return this.u32[PORTS]! & 0xffff;
  }

  get remotePort(): number {
    return this.u32[PORTS]! >>> 16;
  }

  get pid(): number {
    return this.u8[SEGMENT.owner_source] === OWNER_SOURCE.none ? 0 : this.u32[SEGMENT.pid >>> 2]!;
  }
}
