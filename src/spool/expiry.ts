import { addOutcomes, type Checkpoint, noOutcomes } from './checkpoint.js';
import { CheckpointFile } from './checkpoint-file.js';
import { tallySegment } from './segment-tally.js';
import { type SpoolFiles, segmentName } from './spool-files.js';
import { TypeCounts } from './type-counts.js';

/**
 * Lets the open records of a segment expire and removes it: first the checkpoint that says so, synced, then the file.
 *
 * @param end seq at which it ends
 * @returns what expired, by type; null: nobody knows what is open, and it was not removed
 */
export async function expireSegment(files: SpoolFiles, number: number, end: number): Promise<TypeCounts | null> {
  let expired: TypeCounts | null = null;
  const change = async (found: Checkpoint | null): Promise<Checkpoint | null> => {
    // Recovery made one: both slots were damaged since.
    if (found === null) return null;
    const segment = Math.max(found.segment, number);
    expired = new TypeCounts();
    if (found.lowest >= end) return { ...found, segment };
    const { counts, damaged } = await tallySegment(files, number, found.lowest, end);
    expired = counts;
    const outcomes = addOutcomes(found.outcomes, { ...noOutcomes(), expired: counts });
    return { ...found, segment, lowest: end, outcomes, damaged: found.damaged + damaged };
  };
  await new CheckpointFile(files).update(change, () => files.remove(segmentName(number)));
  return expired;
}
