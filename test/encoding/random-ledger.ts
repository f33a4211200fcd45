import type { AssetResult } from '../../src/frames/asset.js';
import { ASSET_RESULT } from '../../src/frames/layout.gen.js';
import type { Account, Ledger } from '../../src/ledger/generated/ledger.js';
import { xorshift } from './random-connections.js';

const RESULTS = Object.keys(ASSET_RESULT) as AssetResult[];

/** A ledger record full of numbers, the same for one seed. */
export function randomLedger(seed: number): Ledger {
  const random = xorshift(seed + 1);
  const n = () => (random() % 3 === 0 ? 0 : random() >>> (random() % 32));
  const map = (most: number) =>
    Object.fromEntries(Array.from({ length: random() % (most + 1) }, (_, i) => [`cause_${i}`, n()]));
  const account = (_: unknown, i: number): Account => ({
    feature: `feature_${i}`,
    unit: 'things',
    series: Array.from({ length: random() % 4 }, (_, k) => ({
      record: `record_${k}`,
      first_seq: random() % 2 === 0 ? null : n(),
      last_seq: random() % 2 === 0 ? null : n() * 4096,
    })),
    attempted: n(),
    emitted: n(),
    pending: n(),
    lost: map(8),
    read: n(),
    duplicate: n(),
    enqueued: n(),
    dropped: n(),
    filtered: n(),
    self_test: n(),
    canary: n(),
    merged: n(),
    discarded: map(16),
    resident: n(),
    given: n(),
    notes: map(16),
  });
  return {
    host: `host-${seed}`,
    boot_id: '5f0c3c1e-3a5e-4f7e-9a39-0d6a1c2b3d4e',
    run: n() * 4096,
    seq: seed + 1,
    intervals: 1 + n(),
    final: random() % 2 === 0,
    interval: { start: 1_790_000_000_000_000 + n(), end: 1_790_000_000_000_000 + n() },
    accounts: Array.from({ length: random() % 5 }, account),
    hooks: Array.from({ length: random() % 3 }, (_, i) => ({
      feature: 'f',
      group: `g${i}`,
      rung: 'tp_btf',
      state: random() % 2 === 0 ? 'live' : 'silent',
      reattached: n(),
      silence: random() % 2 === 0 ? null : { since: n() * 4096, until: random() % 2 === 0 ? null : 1 + n() * 4096 },
    })),
    assets: Array.from({ length: random() % 4 }, (_, i) => ({ asset: `f/o${i}`, result: RESULTS[random() % 8]! })),
  };
}
