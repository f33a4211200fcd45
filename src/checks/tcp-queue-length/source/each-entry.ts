import type { NativeMapReader } from '../../../native/index.js';

/** Bytes of a batch at most, but one entry. */
const MOST_BYTES = 1 << 20;
/** Entries of a batch at least, where there are so many: a batch holds whole buckets of the kernel's, which have one or two as a rule. */
const LEAST_ENTRIES = 64;

/**
 * Takes all entries out of a hash map whose keys are u64. Nobody may write to it meanwhile, or what comes in may stay.
 * @param size bytes of one value; of a map per CPU `take` is called with that of each CPU
 */
export function eachEntry(map: NativeMapReader, size: number, take: (key: bigint, value: Uint8Array) => void): void {
  const most = Math.max(LEAST_ENTRIES, Math.floor(MOST_BYTES / map.valueBytes));
  const room = Math.min(map.entries, most);
  const keys = new BigUint64Array(room);
  const values = new Uint8Array(room * map.valueBytes);
  for (let done = false; !done; ) {
    const step = map.next(new Uint8Array(keys.buffer), values, true);
    for (let i = 0; i < step.count; i++) {
      const end = (i + 1) * map.valueBytes;
      for (let at = i * map.valueBytes; at < end; at += size) take(keys[i]!, values.subarray(at, at + size));
    }
    done = step.done;
  }
}
