import { OURS, oursByAddress } from '../pipeline/self-test-address.js';
import { CONN, IPV4 } from './layout.gen.js';
import { VERDICT } from './record-batch.js';

/** By OURS. */
const VERDICTS = [VERDICT.keep, VERDICT.selfTest, VERDICT.canary] as const;

/** What the `struct ct_conn` at byte `base` is by its addresses: VERDICT.selfTest, VERDICT.canary or VERDICT.keep. */
export function verdictByAddress(u8: Uint8Array, u32: Uint32Array, base: number): number {
  const ports = u32[(base + CONN.local_port) >>> 2]!;
  const local = u32[(base + CONN.local_address) >>> 2]!;
  const remote = u32[(base + CONN.remote_address) >>> 2]!;
  const ours = oursByAddress(local, remote, ports & 0xffff, ports >>> 16);
  return ours === OURS.no || u8[base + CONN.family] !== IPV4 ? VERDICT.keep : VERDICTS[ours]!;
}
