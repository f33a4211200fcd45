import { CONN, KIND, SINGLE } from '../../src/connections/layout.gen.js';
import { batchPayload, concat, conn, openConn, singlePayload, snapshotMark } from '../support/frames.js';
import type { FeatureFrames, TestPayload } from './feature-frames.js';

const MAX_CONNECTIONS = 4096;
/** Conversations of different kinds of frames are different ones. */
const APART = 1 << 20;

/** Three conversations of TCP, about fact `n`. */
function closes(kind: number, n: number): Uint8Array[] {
  return [0, 1, 2].map((i) =>
    conn({ cookie: (kind & 15) * APART + 3 * n + i + 1, sent_bytes: 100 + n, pid: 100 + n, comm: `p${n % 7}` }),
  );
}

function frame(kind: number, n: number): TestPayload {
  switch (kind) {
    case KIND.batch:
      return { payload: batchPayload(0, 2 * n, closes(kind, n), false), fresh: 3 };
    case KIND.pending:
      return { payload: batchPayload(1, 2 * n, closes(kind, n), true), fresh: 3 };
    case KIND.single:
      return { payload: singlePayload(0, closes(kind, n)[0]!), fresh: 1 };
    case KIND.snapshot: {
      const rows = [0, 1].map((i) => openConn({ cookie: 9 * APART + i, sent_bytes: 10 * n }));
      return { payload: concat(rows), fresh: 0 };
    }
    default:
      return { payload: snapshotMark(1_000_000_000 + n, n), fresh: 0 };
  }
}

export const frames: FeatureFrames = {
  options: { maxConnections: MAX_CONNECTIONS },
  recorded: { max_connections: MAX_CONNECTIONS, filters: {} },
  order: [KIND.batch, KIND.pending, KIND.single, KIND.snapshot_begin, KIND.snapshot, KIND.snapshot_end],
  frame,
  flood: {
    kind: KIND.single,
    renew: (payload, n) => payload.setUint32(SINGLE.record + CONN.cookie, n, true),
  },
  most: { open: MAX_CONNECTIONS, buried: MAX_CONNECTIONS, tableBytes: MAX_CONNECTIONS * 2048 },
};
