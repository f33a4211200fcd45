import { type RawBlock, singleRecord } from '../encoding/container-writer.js';
import type { RecordSource, RecordType } from '../encoding/record-type.js';
import { putLong } from '../encoding/varint.js';

let scratch = new Uint8Array(0);

/** One record as a block of its own, not yet framed, behind the index of its branch where its stream is a union. */
export function singleBlock<S extends RecordSource>(type: RecordType<S>, record: S, branch: number | null): RawBlock {
  const most = 2 + type.most;
  if (scratch.length < most) scratch = new Uint8Array(most);
  const end = type.encode(scratch, branch === null ? 0 : putLong(scratch, 0, branch, 0), record);
  return singleRecord(scratch.subarray(0, end));
}
