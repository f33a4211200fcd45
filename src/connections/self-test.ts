import type { Proofs } from '../pipeline/proofs.js';
import { CONN, DIRECTION, HOOK_GROUP, OWNER_SOURCE, UDP } from './layout.gen.js';
import { type RecordBatch, VERDICT } from './record-batch.js';
import { isSelfTestAddress } from './self-test-address.js';

/**
 * Marks the self-tests' records of a batch, which are nobody's traffic, and proves the hooks that made them. Those of other tracers on this
 * host are known by their addresses, and prove nothing.
 */
export function inspect(batch: RecordBatch, proofs: Proofs): void {
  const { u8, u32, count, verdict } = batch;
  for (let i = 0, at = batch.base >>> 2; i < count; i++, at += CONN.size >>> 2) {
    const low = u32[at]!;
    if (isSelfTestAddress(u8, u32, at << 2)) verdict[i] = VERDICT.selfTest;
    if (proofs.mayKnow(low)) compare(batch, i, low, u32[at + 1]!, proofs);
  }
}

function compare(batch: RecordBatch, i: number, low: number, high: number, proofs: Proofs): void {
  for (let k = 0; k < proofs.count; k++) {
    if (!proofs.is(k, low, high)) continue;
    batch.verdict[i] = VERDICT.selfTest;
    const group = proofs.group(k);
    if (!proofs.proven(group) && proves(batch, i, group)) proofs.prove(group);
  }
}

function proves(batch: RecordBatch, i: number, group: number): boolean {
  const { u8, u32, closed } = batch;
  const base = batch.base + i * CONN.size;
  switch (group) {
    case HOOK_GROUP.tcp:
      // Of the accepted end: kernels differ in when it gets its cookie, and the opening one is right on all of them.
      return closed && u8[base + CONN.direction] === DIRECTION.incoming && hasBytes(u32, base + CONN.start_ns);
    case HOOK_GROUP.owner:
      return closed && u8[base + CONN.owner_source] === OWNER_SOURCE.first_io;
    case HOOK_GROUP.udp:
      return (
        closed &&
        u8[base + CONN.protocol] === UDP &&
        hasBytes(u32, base + CONN.sent_bytes) &&
        hasBytes(u32, base + CONN.received_bytes)
      );
    case HOOK_GROUP.snapshot:
      return !closed;
    default:
      return false;
  }
}

function hasBytes(u32: Uint32Array, at: number): boolean {
  return (u32[at >>> 2]! | u32[(at >>> 2) + 1]!) !== 0;
}
