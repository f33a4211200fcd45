import { setAside } from '../features.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LedgerSums, RowSums } from '../ledger/row-sums.js';
import { Silences } from '../ledger/silences.js';
import { count, lossText } from './loss-words.js';

/** The feature whose sums everybody asks for first. */
const FIRST = 'connections';

/** What became of the units of one output, over its whole run. */
export class LedgerTally extends LedgerSums {
  /** Whether the final record was seen. */
  final = false;
  /** Hook groups that were silent for a time. */
  readonly silences = new Silences();
  #startUs = 0;
  #endUs = 0;

  constructor() {
    super(setAside);
  }

  take(record: Ledger): void {
    this.add(record.accounts);
    this.silences.add(record);
    if (this.#startUs === 0) this.#startUs = record.interval.start;
    this.#endUs = record.interval.end;
    this.final ||= record.final;
  }

  /** Seconds accounted for. */
  get seconds(): number {
    return (this.#endUs - this.#startUs) / 1e6;
  }

  /** Units that could not be encoded, all features. */
  get unencodable(): number {
    let sum = 0;
    for (const { discarded } of this.rows.values()) sum += discarded.get('unencodable') ?? 0;
    return sum;
  }
}

/** What became of the units that an output was handed. */
export interface Outcome {
  written: number;
  /** Not written: no record of the ledger counts them. */
  refused: number;
  /** They came when nobody read any more. */
  unread: number;
}

/**
 * The ledger as lines for people, a line for each feature, with what became of its units in the output whose ledger it is.
 * @param outcome of a feature's units
 */
export function ledgerLines(tally: LedgerTally, outcome: (row: RowSums) => Outcome): string[] {
  const rows = [...tally.rows.values()];
  const first = tally.rows.get(FIRST) ?? (rows.length === 0 ? new RowSums(FIRST, FIRST) : null);
  const others = rows.filter((row) => row !== first);
  return [...(first === null ? [] : [first]), ...others].flatMap((row) => rowLines(row, outcome(row), tally));
}

function rowLines(row: RowSums, { written, refused, unread }: Outcome, { seconds, final }: LedgerTally): string[] {
  const {
    attempted,
    filtered,
    selfTest,
    canary,
    pending,
    resident,
    allLost,
    feature,
    unit,
    merged,
    setAside: doubted,
  } = row;
  const what = feature === FIRST ? `${unit} closed` : `${unit} of ${feature}`;
  const whole = final ? '' : ' (not final)';
  const left = unread === 0 ? '' : `, ${count(unread)} after its reader had gone`;
  const parts = merged === 0 ? '' : `${count(merged)} in others' records, `;
  const aside = doubted === 0 ? '' : `${count(doubted)} not believed, `;
  const lines = [
    `${count(attempted - selfTest - canary)} ${what} in ${seconds.toFixed(1)} s: ${count(written)} written, ${parts}${aside}` +
      `${count(filtered)} filtered, ${count(pending + resident)} held, ${count(allLost + refused)} lost${left}${whole}`,
  ];
  const causes = lossText(row.feature, [...lossesOf(row), ['refused', refused]]);
  if (causes !== '') lines.push(`lost: ${causes}`);
  const doubts = lossText(
    row.feature,
    [...row.discarded].filter(([cause]) => row.aside.has(cause)),
  );
  if (doubts !== '') lines.push(`not believed: ${doubts}`);
  return lines;
}

/** One line about an output beside the first: what it did with the units it was handed; null when it took all. */
export function outputLine(name: string, { written, refused, unread }: Outcome): string | null {
  if (refused + unread === 0) return null;
  const left = unread === 0 ? '' : `, ${count(unread)} after its reader had gone`;
  return `${name}: ${count(written)} written, ${count(refused)} lost${left}`;
}

/**
 * What is being lost, a line for each feature that loses, as `connections: 12 kernel buffer full (…)`.
 * @param refused units that the outputs could not write so far, of all features
 */
export function lossLines(tally: LedgerTally, refused: number): string[] {
  const rows = [...tally.rows.values()];
  const byOutputs: [cause: string, lost: number][] = [['refused', refused]];
  const lines = rows.map((row) => {
    const causes = rows.length === 1 ? [...lossesOf(row), ...byOutputs] : lossesOf(row);
    return [row.unit, lossText(row.feature, causes)];
  });
  // Whose they were is told at the end.
  if (rows.length !== 1) lines.push(['records', lossText('', byOutputs)]);
  return lines.filter(([, text]) => text !== '').map(([unit, text]) => `${unit}: ${text}`);
}

function lossesOf({ lost, dropped, discarded, aside }: RowSums): [cause: string, lost: number][] {
  return [...lost, ['dropped', dropped], ...[...discarded].filter(([cause]) => !aside.has(cause))];
}
