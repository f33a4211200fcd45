import type { Proofs } from '../pipeline/proofs.js';
import { CONN } from './layout.gen.js';
import { faultOf } from './proof.js';
import { type RecordBatch, VERDICT } from './record-batch.js';
import { verdictByAddress } from './self-test-address.js';

/**
 * Marks the records of a batch that are of self-tests and canaries, which are nobody's traffic, and proves the hooks that made them. Those of
 * other tracers on this host are known by their addresses, and prove nothing.
 */
export function inspect(batch: RecordBatch, proofs: Proofs): void {
  const { u8, u32, count, verdict } = batch;
  for (let i = 0, at = batch.base >>> 2; i < count; i++, at += CONN.size >>> 2) {
    const low = u32[at]!;
    const byAddress = verdictByAddress(u8, u32, at << 2);
    if (byAddress !== VERDICT.keep) verdict[i] = byAddress;
    if (proofs.mayKnow(low)) compare(batch, i, low, u32[at + 1]!, proofs);
  }
}

function compare(batch: RecordBatch, i: number, low: number, high: number, proofs: Proofs): void {
  for (let k = 0; k < proofs.count; k++) {
    if (!proofs.is(k, low, high)) continue;
    batch.verdict[i] = proofs.told(k, 'round') === 0 ? VERDICT.selfTest : VERDICT.canary;
    const fault = faultOf(batch, i, proofs, k);
    if (fault === '') proofs.right(k);
    else if (fault !== null) proofs.wrong(k, fault);
  }
}
