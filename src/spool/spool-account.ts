import type { RecordType } from '../encoding/record-type.js';
import { SeriesCounts } from '../sinks/series-counts.js';
import { type Checkpoint, OUTCOMES, settledRecords } from './checkpoint.js';
import type { TypeCounts } from './type-counts.js';

/** What one run of the agent did with the records it was handed. Pure: it is told, and can be asked whether it closes. */
export class SpoolAccount {
  readonly handedOver = new SeriesCounts();
  /** Accepted: on the disk. */
  readonly spooled = new SeriesCounts();
  /** Could not be encoded. */
  readonly encodeError = new SeriesCounts();
  /** Found no room, or a disk that failed. */
  readonly dropped = new SeriesCounts();

  /** Handed over, and nothing became of it yet. */
  waiting({ index }: Pick<RecordType, 'index'>): { records: number; units: number } {
    const [all, ...rest] = [this.handedOver, this.spooled, this.encodeError, this.dropped].map((counts) =>
      counts.of({ index }),
    );
    const sum = { ...all! };
    for (const { records, units } of rest) {
      sum.records -= records;
      sum.units -= units;
    }
    return sum;
  }
}

/** What of a spool is still in its segments. */
export interface Resident {
  /** That can be read. */
  counts: TypeCounts;
  /** That cannot. */
  damaged: number;
}

/**
 * Whether a spool closes: spooled = acked + dead_lettered + expired + damaged + forgotten + resident.
 *
 * @param next seq of the next record: one more than were ever spooled
 * @param spooled by type, where somebody knows it; then it must close for each type as well
 * @returns what does not, as a sentence; null when it does
 */
export function spoolBreach(
  { outcomes, damaged, forgotten }: Checkpoint,
  resident: Resident,
  next: number,
  spooled?: TypeCounts,
): string | null {
  const sum = settledRecords(outcomes) + damaged + forgotten + resident.counts.records + resident.damaged;
  if (sum !== next - 1) return `${next - 1} records were spooled, and of ${sum} it is known what became of them`;
  for (const [name, { records, units }] of spooled?.entries() ?? []) {
    const parts = [...OUTCOMES.map((outcome) => outcomes[outcome]), resident.counts].map((counts) => counts.of(name));
    const found = parts.reduce((total, part) => ({
      records: total.records + part.records,
      units: total.units + part.units,
    }));
    if (found.records !== records || found.units !== units)
      return `${records} ${name} records (${units} units) were spooled, and of ${found.records} (${found.units}) it is known what became of them`;
  }
  return null;
}
