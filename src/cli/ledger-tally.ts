import type { Ledger } from '../ledger/generated/ledger.js';
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

/** What became of the closed connections that an output was handed. */
export interface Outcome {
  written: number;
  /** Not written: no record of the ledger counts them. */
  refused: number;
  /** They came when nobody read any more. */
  unread: number;
}

/** The ledger as lines for people, with what became of the closed connections in the output whose ledger it is. */
export function ledgerLines(tally: LedgerTally, { written, refused, unread }: Outcome): string[] {
  const { attempted, filtered, selfTest, pending, resident, seconds, lost } = tally;
  const held = pending + resident;
  const whole = tally.final ? '' : ' (not final)';
  const left = unread === 0 ? '' : `, ${count(unread)} after its reader had gone`;
  const lines = [
    `${count(attempted - selfTest)} connections closed in ${seconds.toFixed(1)} s: ${count(written)} written, ` +
      `${count(filtered)} filtered, ${count(held)} held, ${count(lost + refused)} lost${left}${whole}`,
  ];
  const causes = lossCauses(tally, refused);
  if (causes !== '') lines.push(`lost: ${causes}`);
  return lines;
}

/** One line about an output beside the first: what it did with the closed connections it was handed; null when it took all. */
export function outputLine(name: string, { written, refused, unread }: Outcome): string | null {
  if (refused + unread === 0) return null;
  const left = unread === 0 ? '' : `, ${count(unread)} after its reader had gone`;
  return `${name}: ${count(written)} written, ${count(refused)} lost${left}`;
}

/** `12 kernel buffer full (…), 3 …`; '' when nothing was lost. */
export function lossCauses(tally: LedgerTally, refused: number): string {
  const causes = CAUSES.map(([field, words]): [number, string] => [tally[field] as number, words]);
  causes.push([refused, 'not written by the output']);
  return causes
    .filter(([lost]) => lost > 0)
    .map(([lost, words]) => `${count(lost)} ${words}`)
    .join(', ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
