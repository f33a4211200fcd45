import type { Proofs } from '../pipeline/proofs.js';
import { OURS, oursByAddress } from '../pipeline/self-test-address.js';
import { GROUP, IPV4, SEGMENT, SOURCE, UDP } from './layout.gen.js';

const COOKIE = SEGMENT.cookie >>> 2;
const LOCAL = SEGMENT.local_address >>> 2;
const REMOTE = SEGMENT.remote_address >>> 2;
const PORTS = SEGMENT.local_port >>> 2;
const WIRE = SEGMENT.wire_length >>> 2;

/**
 * Whose a datagram is: nobody's that is known, or one of a self-test or of a canary, of this tracer or of another on this host (OURS). One of this
 * tracer's own proves the programs that saw it: it leaves by one of the two sockets, and arrives at the other.
 * @param start byte of a `struct ct_dns_segment` of UDP
 */
export function inspect(u8: Uint8Array, u32: Uint32Array, start: number, proofs: Proofs): number {
  const at = start >>> 2;
  if (u8[start + SEGMENT.family] !== IPV4) return OURS.no;
  const ports = u32[at + PORTS]!;
  let ours = oursByAddress(u32[at + LOCAL]!, u32[at + REMOTE]!, ports & 0xffff, ports >>> 16);
  const low = u32[at + COOKIE]!;
  if (!proofs.mayKnow(low)) return ours;
  for (let k = 0; k < proofs.count; k++) {
    if (!proofs.is(k, low, u32[at + COOKIE + 1]!) || proofs.told(k, 'group') !== GROUP.capture) continue;
    ours = proofs.told(k, 'round') === 0 ? OURS.selfTest : OURS.canary;
    compare(u8, u32, start, proofs, k);
  }
  return ours;
}

/** A socket of ours sends or receives, never both. */
function compare(u8: Uint8Array, u32: Uint32Array, start: number, proofs: Proofs, k: number): void {
  const at = start >>> 2;
  const sent = proofs.told(k, 'sent_bytes');
  const expected = sent > 0 ? SOURCE.cgroup_out : SOURCE.cgroup_in;
  const faults: string[] = [];
  const differs = (what: string, found: number, told: number): void => {
    if (found !== told) faults.push(`${what} ${found} instead of ${told}`);
  };
  differs('protocol', u8[start + SEGMENT.protocol]!, UDP);
  differs('seen at', u8[start + SEGMENT.source]!, expected);
  differs('bytes', u32[at + WIRE]!, sent || proofs.told(k, 'received_bytes'));
  differs('local port', u32[at + PORTS]! & 0xffff, proofs.told(k, 'local_port'));
  differs('remote port', u32[at + PORTS]! >>> 16, proofs.told(k, 'remote_port'));
  if (u32[at + LOCAL] !== proofs.told(k, 'local_address')) faults.push('another local address');
  if (u32[at + REMOTE] !== proofs.told(k, 'remote_address')) faults.push('another peer');
  if (faults.length === 0) proofs.right(k);
  else proofs.wrong(k, faults.join(', '));
}
