import { CONN } from '../../src/connections/layout.gen.js';
import { RECORDS_PER_BATCH } from '../../src/connections/record-batch.js';
import { BLOCK_BYTES } from '../../src/encoding/container-writer.js';

/** Byte offsets in `struct exchange` of c/kernel.h, which says what each is. */
export const EXCHANGE = {
  wallOffsetUs: 0,
  releaseNs: 8,
  nowNs: 16,
  base: 24,
  next: 28,
  count: 32,
  closed: 36,
  used: 40,
  emitted: 44,
  late: 48,
  open: 56,
  buried: 64,
  tableBytes: 72,
  host: 80,
  bootId: 336,
  verdicts: 408,
  records: 472,
  block: 472 + RECORDS_PER_BATCH * CONN.size,
  size: 472 + RECORDS_PER_BATCH * CONN.size + BLOCK_BYTES,
} as const;

/** Bytes of the two texts, the 0 behind them included. */
export const HOST_ROOM = 256;
export const BOOT_ID_ROOM = 72;
