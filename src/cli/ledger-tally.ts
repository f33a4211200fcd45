import type { Ledger } from '../avro/generated/ledger.js';
import { LedgerSums } from '../ledger/identities.js';

/** What became of the closed connections of one output, over its whole run. */
export class LedgerTally extends LedgerSums {
  /** Whether the final record was seen. */
  final = false;
  #startUs = 0;
  #endUs = 0;

  override add(record: Ledger): void {
    super.add(record);
    if (this.#startUs === 0) this.#startUs = record.interval.start;
    this.#endUs = record.interval.end;
    this.final ||= record.final;
  }

  /** Seconds accounted for. */
  get seconds(): number {
    return (this.#endUs - this.#startUs) / 1e6;
  }
}

/** Where each loss comes from, and what helps. */
const CAUSES: readonly [field: keyof LedgerTally & string, words: string][] = [
  ['bufferFull', 'kernel buffer full (--kernel-buffer)'],
  ['mapFull', 'no room for a UDP socket or peer'],
  ['recursion', 'kernel recursion'],
  ['unseen', 'closed while the kernel ran no tracing'],
  ['ringDropped', 'shared ring full (--ring-size)'],
  ['evicted', 'connection table full'],
  ['sinkDropped', 'not encodable'],
];

/**
 * The ledger as lines for people.
 *
 * @param outputDropped closed connections that the output could not write; no record counts them
 */
export function ledgerLines(tally: LedgerTally, outputDropped: number): string[] {
  const { attempted, written, filtered, selfTest, pending, resident, seconds, lost } = tally;
  const held = pending + resident;
  const whole = tally.final ? '' : ' (not final)';
  const lines = [
    `${count(attempted - selfTest)} connections closed in ${seconds.toFixed(1)} s: ${count(written - outputDropped)} written, ` +
      `${count(filtered)} filtered, ${count(held)} held, ${count(lost + outputDropped)} lost${whole}`,
  ];
  const causes = lossCauses(tally, outputDropped);
  if (causes !== '') lines.push(`lost: ${causes}`);
  return lines;
}

/** `12 kernel buffer full (…), 3 …`; '' when nothing was lost. */
export function lossCauses(tally: LedgerTally, outputDropped: number): string {
  const causes = CAUSES.map(([field, words]): [number, string] => [tally[field] as number, words]);
  causes.push([outputDropped, 'not written by the output']);
  return causes
    .filter(([lost]) => lost > 0)
    .map(([lost, words]) => `${count(lost)} ${words}`)
    .join(', ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
