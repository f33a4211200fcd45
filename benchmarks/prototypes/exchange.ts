import { BLOCK_BYTES } from '../../src/avro/container-writer.js';
import { RECORDS_PER_BATCH } from '../../src/connections/record-batch.js';
import { CONN } from '../../src/kernel/layout.gen.js';

/** Byte offsets in `struct exchange` of c/kernel.h, which says what each is. */
export const EXCHANGE = {
  wallOffsetUs: 0,
  releaseNs: 8,
  base: 16,
  next: 20,
  count: 24,
  closed: 28,
  used: 32,
  emitted: 36,
  late: 40,
  open: 48,
  buried: 56,
  tableBytes: 64,
  host: 72,
  bootId: 328,
  verdicts: 400,
  records: 464,
  block: 464 + RECORDS_PER_BATCH * CONN.size,
  size: 464 + RECORDS_PER_BATCH * CONN.size + BLOCK_BYTES,
} as const;

/** Bytes of the two texts, the 0 behind them included. */
export const HOST_ROOM = 256;
export const BOOT_ID_ROOM = 72;
