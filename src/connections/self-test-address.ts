import { CONN, IPV4 } from './layout.gen.js';
import { VERDICT } from './record-batch.js';

/** 127.99.111.110 ("con"), where the self-test's servers are, as the four bytes stand in a word. */
const SELF_TEST = 0x6e6f637f;
/** 127.99.97.110 ("can"), where those of canaries are. */
const CANARY = 0x6e61637f;
/** 127.116.x.y ("t"): its first half. */
const CLIENTS = 0x747f;

/**
 * What the `struct ct_conn` at byte `base` is by its addresses: VERDICT.selfTest or VERDICT.canary, of whichever tracer on this host, or
 * VERDICT.keep. One end is one of the servers', and the other 127.116.x.y, where x.y is the port of the first (src/native/src/selftest.cc). No
 * kernel and no program gives out such addresses by itself: whoever has both asked for them.
 */
export function verdictByAddress(u8: Uint8Array, u32: Uint32Array, base: number): number {
  const local = u32[(base + CONN.local_address) >>> 2]!;
  const remote = u32[(base + CONN.remote_address) >>> 2]!;
  const accepted = isServer(local);
  if (!accepted && !isServer(remote)) return VERDICT.keep;
  if (u8[base + CONN.family] !== IPV4) return VERDICT.keep;
  const ports = u32[(base + CONN.local_port) >>> 2]!;
  if (!(accepted ? isClient(remote, ports & 0xffff) : isClient(local, ports >>> 16))) return VERDICT.keep;
  return (accepted ? local : remote) === CANARY ? VERDICT.canary : VERDICT.selfTest;
}

function isServer(address: number): boolean {
  return address === SELF_TEST || address === CANARY;
}

function isClient(address: number, port: number): boolean {
  return (address & 0xffff) === CLIENTS && address >>> 16 === ((port >>> 8) | ((port & 0xff) << 8));
}
