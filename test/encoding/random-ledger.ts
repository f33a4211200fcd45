import type { Ledger } from '../../src/ledger/generated/ledger.js';
import { xorshift } from './random-connections.js';

/** A ledger record full of numbers, the same for one seed. */
export function randomLedger(seed: number): Ledger {
  const random = xorshift(seed + 1);
  const n = () => (random() % 3 === 0 ? 0 : random() >>> (random() % 32));
  return {
    host: `host-${seed}`,
    boot_id: '5f0c3c1e-3a5e-4f7e-9a39-0d6a1c2b3d4e',
    run: n() * 4096,
    seq: seed + 1,
    intervals: 1 + n(),
    final: random() % 2 === 0,
    interval: { start: 1_790_000_000_000_000 + n(), end: 1_790_000_000_000_000 + n() },
    first_seq: random() % 2 === 0 ? null : n(),
    last_seq: random() % 2 === 0 ? null : n() * 4096,
    kernel: {
      attempted: n(),
      emitted: n(),
      pending: n(),
      unbatched: n(),
      lost: { buffer_full: n(), map_full: n(), recursion: n(), unseen: n() },
      caught: n(),
      skipped_runs: n(),
      untracked: n(),
      expired_early: n(),
      unnamed: n(),
      skipped_io: n(),
    },
    reader: { read: n(), duplicate: n(), torn: n(), invalid: n(), transport_lost: n() },
    ring: { enqueued: n(), dropped: n(), dropped_frames: n() },
    pipeline: { filtered: n(), evicted: n(), resident: n(), self_test: n() },
    sink: { written: n(), dropped: n() },
  };
}
