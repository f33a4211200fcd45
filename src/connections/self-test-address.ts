import { CONN, IPV4 } from './layout.gen.js';

/** 127.99.111.110, as the four bytes stand in a word. */
const SERVER = 0x6e6f637f;
/** 127.116.x.y: its first half. */
const CLIENTS = 0x747f;

/**
 * Whether the `struct ct_conn` at byte `base` is of a self-test, of whichever tracer on this host: one end is 127.99.111.110, and the other
 * 127.116.x.y, where x.y is the port of the first (src/native/src/selftest.cc). No kernel and no program gives out such addresses by itself:
 * whoever has both asked for them.
 */
export function isSelfTestAddress(u8: Uint8Array, u32: Uint32Array, base: number): boolean {
  const local = u32[(base + CONN.local_address) >>> 2]!;
  const remote = u32[(base + CONN.remote_address) >>> 2]!;
  if (local !== SERVER && remote !== SERVER) return false;
  if (u8[base + CONN.family] !== IPV4) return false;
  const ports = u32[(base + CONN.local_port) >>> 2]!;
  return local === SERVER ? isClient(remote, ports & 0xffff) : isClient(local, ports >>> 16);
}

function isClient(address: number, port: number): boolean {
  return (address & 0xffff) === CLIENTS && address >>> 16 === ((port >>> 8) | ((port & 0xff) << 8));
}
