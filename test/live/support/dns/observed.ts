/** Runs the command beside DNS traffic and gives what it told, after its ledger was checked. */
import { expect } from 'vitest';
import { type LedgerSums, sumLedger } from '../ledger.js';
import { Observer, run } from '../observe.js';
import { readOutput } from '../output.js';
import { type DnsLine, readDns } from './records.js';

export interface Observed {
  readonly dns: readonly DnsLine[];
  readonly sums: LedgerSums;
  readonly output: string;
}

/** The ledger's row of DNS closes, and what was given is what the records stand for. */
export function expectClosedDns(path: string): LedgerSums {
  const output = readOutput(path);
  expect(output.ledgers.at(-1)?.final).toBe(true);
  const sums = sumLedger(output.ledgers, 'dns');
  const told = JSON.stringify(sums);
  const messages = readDns(path).reduce((all, line) => all + line.messages, 0);
  const { filtered, selfTest, canary, merged, discarded } = sums;
  expect(sums.pending + sums.resident, `pending and resident at the end: ${told}`).toBe(0);
  expect(sums.attempted, told).toBe(sums.emitted + sums.lost);
  expect(sums.read - sums.duplicate, told).toBe(sums.emitted);
  expect(sums.read, told).toBe(sums.duplicate + sums.enqueued + sums.dropped);
  expect(sums.enqueued, told).toBe(sums.given + filtered + selfTest + canary + merged + discarded);
  expect(messages, told).toBe(sums.given);
  return sums;
}

/** Until DNS messages stop coming, the command is not asked to stop: what is on its way is told all the same, at its end. */
export async function observed(
  folder: string,
  options: readonly string[],
  body: () => Promise<void>,
): Promise<Observed> {
  const observer = await Observer.start(folder, '--with', 'dns', ...options);
  await body();
  const { status, errors } = await observer.stop();
  expect(status, errors).toBe(0);
  const sums = expectClosedDns(observer.output);
  const verified = await run('verify', observer.output);
  expect(verified.status, `${verified.stdout} ${verified.errors}`).toBe(0);
  return { dns: readDns(observer.output), sums, output: observer.output };
}
