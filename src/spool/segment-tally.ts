import { MAX_SEGMENT_BYTES } from './segment-format.js';
import { scanBlocks } from './segment-scan.js';
import { segmentStart } from './segment-start.js';
import { SpoolBlock } from './spool-block.js';
import { readWhole, type SpoolFiles, segmentName } from './spool-files.js';
import { TypeCounts } from './type-counts.js';
import { TypeTables } from './type-tables.js';

/** Records of a range of seqs: what can be read, by type, and how many cannot. */
export interface Tally {
  counts: TypeCounts;
  damaged: number;
}

/** The records of segment `number` with seqs in `[from, to)`. All that is not in it is damaged. */
export async function tallySegment(files: SpoolFiles, number: number, from: number, to: number): Promise<Tally> {
  const counts = new TypeCounts();
  const bytes = await readWhole(files, segmentName(number), MAX_SEGMENT_BYTES);
  if (bytes === null) return { counts, damaged: to - from };
  const start = segmentStart(bytes, number);
  const tables = new TypeTables(files);
  tables.learn(start.table);
  let next = from;
  for (const { kind, at, head } of scanBlocks(bytes, start.blocks, bytes.length, number)) {
    if (kind !== 'block' || head.first + head.count <= next || head.first >= to) continue;
    const table = await tables.find(head.typesCrc);
    const block = table === null ? null : SpoolBlock.parse(bytes, at, head, table, next);
    if (block === null) continue;
    for (let i = 0; i < block.count && block.first + i < to; i++) counts.note(block.type(i).name, 1, block.units(i));
    next = head.first + head.count;
  }
  return { counts, damaged: to - from - counts.records };
}
