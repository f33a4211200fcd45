/** What several runs of the agent, each of which may have been killed, left in the topics and in their spool. */
import { expect } from 'vitest';
import { RECORD_TYPES } from '../../../src/records.gen.js';
import type { Checkpoint } from '../../../src/spool/checkpoint.js';
import { DirectoryFiles } from '../../../src/spool/directory-files.js';
import { spoolBreach } from '../../../src/spool/spool-account.js';
import { surveySpool } from '../../../src/spool/survey.js';
import { decoded } from './command.js';
import { consumed } from './consumed.js';
import { digestOf } from './random-records.js';

interface LedgerRecord {
  readonly run: number;
  readonly final: boolean;
  readonly accounts: readonly { series: readonly { record: string; last_seq: number | null }[] }[];
}

export interface Runs {
  /** Number of runs of which something is in the topics; of them, those that ended in order. */
  readonly runs: number;
  readonly ended: number;
  readonly records: number;
  /** Messages with a key that was there before. */
  readonly repeats: number;
}

/** What became of the records of one type, once nothing is in the spool any more; it closes in sum. */
export async function outcomesOf(spool: string, name: string): Promise<{ acked: number; expired: number }> {
  const { outcomes } = await closedSpool(spool);
  expect(outcomes.dead_lettered.records).toBe(0);
  return { acked: outcomes.acked.of(name).records, expired: outcomes.expired.of(name).records };
}

async function closedSpool(spool: string): Promise<Checkpoint> {
  const files = await DirectoryFiles.open(spool, false);
  const { checkpoint, resident, lost, damage, next } = await surveySpool(files);
  await files.close();
  expect(damage).toEqual([]);
  expect([resident.records, lost, checkpoint!.damaged, checkpoint!.forgotten]).toEqual([0, 0, 0, 0]);
  expect(spoolBreach(checkpoint!, { counts: resident, damaged: lost }, next)).toBeNull();
  return checkpoint!;
}

/**
 * Once nothing is in the spool any more: its account closes, and by type it has as many acknowledged records as there are keys in the topics. Of
 * each run the numbers of each type go on from 1, in their order and without a gap, at least as far as its last ledger record says.
 */
export async function expectRuns(
  spool: string,
  { brokers, prefix }: { brokers: string; prefix: string },
): Promise<Runs> {
  const checkpoint = await closedSpool(spool);
  const found = await consumed(brokers, prefix);
  /** By run, then by type: the number that was seen last. */
  const last = new Map<string, Map<string, number>>();
  let [records, repeats] = [0, 0];
  for (const [name, messages] of found) {
    const seen = new Map<string, string>();
    for (const { key, value } of messages) {
      const before = seen.get(key);
      const digest = digestOf(value);
      if (before !== undefined) {
        repeats++;
        expect(before, 'a repeat has the same bytes').toBe(digest);
        continue;
      }
      seen.set(key, digest);
      const [, , run, , seq] = key.split('/');
      const numbers = last.get(run!) ?? new Map<string, number>();
      last.set(run!, numbers);
      expect(Number(seq), key).toBe((numbers.get(name) ?? 0) + 1);
      numbers.set(name, Number(seq));
    }
    records += seen.size;
    const { acked, dead_lettered, expired } = checkpoint.outcomes;
    const outcomes = [acked, dead_lettered, expired].map((counts) => counts.of(name).records);
    expect(outcomes, `${name}: acknowledged, dead letters, expired`).toEqual([seen.size, 0, 0]);
  }
  for (const { name } of RECORD_TYPES) if (!found.has(name)) expect(checkpoint.outcomes.acked.of(name).records).toBe(0);
  const ended = new Set<number>();
  for (const message of found.get('ledger') ?? []) {
    const { run, final, accounts } = decoded('ledger', message) as unknown as LedgerRecord;
    if (final) ended.add(run);
    for (const { record, last_seq } of accounts.flatMap(({ series }) => series))
      expect(last.get(String(run))!.get(record) ?? 0, `${record} records of run ${run}`).toBeGreaterThanOrEqual(
        last_seq ?? 0,
      );
  }
  return { runs: last.size, ended: ended.size, records, repeats };
}
