import { putIpv4, putIpv6 } from '../../encoding/address-text.js';
import { putSafeText } from '../../encoding/safe-text.js';
import type { ConnectionSource } from '../connection-source.js';
import { COMM_LENGTH, CONN, IPV4, TCP } from '../layout.gen.js';
import { NO_RATES, type Rates } from './rates.js';

const decoder = new TextDecoder();
const scratch = new Uint8Array(128);

/** Which end of the connection. */
export type RowEnd = 'local' | 'remote';

/** Reads one `struct ct_conn` for people: numbers and safe text. One object, pointed at each connection in turn. */
export class Row {
  #source!: ConnectionSource;
  /** How fast it was; whoever reads rows knows. */
  rates: Rates = NO_RATES;
  readonly #showsNames: boolean;

  /** @param showsNames whether ends are called by their names where they are known */
  constructor(showsNames = false) {
    this.#showsNames = showsNames;
  }

  /** Looks at another connection; valid as long as the source is. */
  read(source: ConnectionSource): this {
    this.#source = source;
    return this;
  }

  u8(offset: number): number {
    return this.#source.u8[this.#source.base + offset]!;
  }

  u16(offset: number): number {
    return this.u8(offset) | (this.u8(offset + 1) << 8);
  }

  u32(offset: number): number {
    return this.#source.u32[(this.#source.base + offset) >>> 2]!;
  }

  /** Exact up to 2^53, enough for a figure of three digits beyond. */
  u64(offset: number): number {
    return this.u32(offset + 4) * 0x1_0000_0000 + this.u32(offset);
  }

  /** What tells connections apart: cookie and generation. */
  get identity(): string {
    return `${this.u32(CONN.cookie + 4)}:${this.u32(CONN.cookie)}:${this.u32(CONN.generation)}`;
  }

  get protocol(): 'tcp' | 'udp' {
    return this.u8(CONN.protocol) === TCP ? 'tcp' : 'udp';
  }

  /** When the connection closed, or was read while open: UTC, ms. */
  get time(): Date {
    return new Date((this.u64(CONN.end_ns) / 1000 + this.#source.wallOffsetUs) / 1000);
  }

  /** From start to end or to the reading, by the boot clock, µs; null when the start was not observed. */
  get durationUs(): number | null {
    const start = this.u64(CONN.start_ns);
    return start === 0 ? null : Math.max(0, Math.round((this.u64(CONN.end_ns) - start) / 1000));
  }

  port(end: RowEnd): number {
    return this.u16(end === 'local' ? CONN.local_port : CONN.remote_port);
  }

  /** Whether the address of this end is known: UDP may know neither its own nor the peer's. */
  hasAddress(end: RowEnd): boolean {
    const at = end === 'local' ? CONN.local_address : CONN.remote_address;
    return (this.u32(at) | this.u32(at + 4) | this.u32(at + 8) | this.u32(at + 12)) !== 0;
  }

  /** The address of one end as text, RFC 5952 for IPv6. */
  address(end: RowEnd): string {
    const { u8, base } = this.#source;
    const at = base + (end === 'local' ? CONN.local_address : CONN.remote_address);
    const word = u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
    const length = this.u8(CONN.family) === IPV4 ? putIpv4(scratch, 0, word) : putIpv6(scratch, 0, u8, at);
    return decoder.decode(scratch.subarray(0, length));
  }

  /** What the end is called: its first name, where names are shown and one is known; else null. */
  name(end: RowEnd): string | null {
    if (!this.#showsNames) return null;
    const { localNames, remoteNames, place } = this.#source;
    const { join, column } = end === 'local' ? localNames : remoteNames;
    const handle = column.handles[place]!;
    return handle === 0 ? null : (join.fragments.texts?.(handle)[0] ?? null);
  }

  /** The process name, whatever others put into it made safe for a terminal. */
  get processName(): string {
    const { u8, base } = this.#source;
    const at = base + CONN.comm;
    let end = at;
    while (end < at + COMM_LENGTH && u8[end] !== 0) end++;
    return decoder.decode(scratch.subarray(0, putSafeText(scratch, 0, u8, at, end)));
  }
}
