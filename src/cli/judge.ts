import { ConntrailError } from '../errors.js';
import type { GroupSilence } from '../ledger/silences.js';
import { RECORD_TYPES } from '../records.gen.js';
import type { Output } from '../sinks/output.js';
import type { SeriesCounts } from '../sinks/series-counts.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Failures } from './failures.js';
import { type LedgerTally, ledgerLines, type Outcome, outputLine } from './ledger-tally.js';
import { fail, saySums } from './say.js';
import { silenceText } from './silence-text.js';

/** Units that an output could not write: of the output that lost most. */
export function refusedBy(outputs: readonly Output[]): number {
  return Math.max(...outputs.map(({ refused }) => refused.units));
}

/** Tells what went wrong at the outputs, once; what that means for the exit status is judged at the end. */
export function tellOutputs(outputs: readonly Output[], failures: Failures): void {
  for (const { errors } of outputs) for (const error of errors) failures.mention(error);
}

/**
 * The sums on standard error, and the exit status. A failure elsewhere counts most; then a loss above `maxLoss`, or one that nobody knows, of
 * hooks that were silent; then any failure or loss at an output; then a silence where no loss was forbidden.
 *
 * @param tally the ledger of the first output
 * @param maxLoss units that may be lost, wherever; undefined: any number
 */
export function judge(
  tally: LedgerTally,
  outputs: readonly Output[],
  failures: Failures,
  maxLoss: number | undefined,
): ExitCode {
  const [first, ...others] = outputs;
  for (const line of ledgerLines(tally, (row) => outcomeOf(first!, [...row.claimed.keys()]))) saySums(line);
  if (first!.summary !== undefined) saySums(first!.summary());
  for (const output of others) {
    const line = output.summary?.() ?? outputLine(output.name, outcomeOf(output));
    if (line !== null) saySums(line);
  }
  const silences = tally.silences.all;
  for (const silence of silences) saySums(silenceText(silence));
  const lost = tally.lost + refusedBy(outputs);
  const exceeded = maxLoss !== undefined && lost > maxLoss;
  const unknown = maxLoss !== undefined && silences.length > 0;
  if (exceeded) fail(new ConntrailError('CONNTRAIL_LOSS', `${lost} were lost, more than --max-loss ${maxLoss}`));
  else if (unknown) fail(new ConntrailError('CONNTRAIL_LOSS', unknownLoss(silences, maxLoss)));
  if (failures.status !== EXIT.ok) return failures.status;
  if (tally.unencodable > 0) {
    return fail(new ConntrailError('CONNTRAIL_IO', `${tally.unencodable} units could not be encoded; report this`));
  }
  if (exceeded || unknown) return EXIT.loss;
  if (outputs.some(isFaulty)) return EXIT.failure;
  return silences.length > 0 ? EXIT.degraded : EXIT.ok;
}

function unknownLoss(silences: readonly GroupSilence[], maxLoss: number): string {
  const groups = silences.map(({ group }) => group).join(', ');
  return `nobody knows whether more than --max-loss ${maxLoss} were lost: ${groups} had gone silent`;
}

/**
 * What became of the units of some record types; of all, when none are named.
 */
export function outcomeOf({ written, refused, unread }: Output, records?: readonly string[]): Outcome {
  const types = records === undefined ? null : RECORD_TYPES.filter(({ name }) => records.includes(name));
  const units = (counts: SeriesCounts): number =>
    types === null ? counts.units : types.reduce((sum, type) => sum + counts.of(type).units, 0);
  return { written: units(written), refused: units(refused), unread: units(unread) };
}

/** Whether something failed in it, or records of any kind are missing. */
function isFaulty({ errors, refused }: Output): boolean {
  return errors.length > 0 || refused.records > 0;
}
