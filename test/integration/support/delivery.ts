/** Whether what was handed over arrived: by the spool's own account, and by what a consumer that is not ours finds. */
import { expect } from 'vitest';
import { RECORD_TYPES } from '../../../src/records.gen.js';
import { CheckpointFile } from '../../../src/spool/checkpoint-file.js';
import { DirectoryFiles } from '../../../src/spool/directory-files.js';
import { spoolBreach } from '../../../src/spool/spool-account.js';
import type { SpoolWriter } from '../../../src/spool/spool-writer.js';
import { surveySpool } from '../../../src/spool/survey.js';
import { consumed, recordsOf } from './consumed.js';
import type { RandomRecords } from './random-records.js';
import { digestOf } from './random-records.js';

export interface Expected {
  /** Whether a record may be there more than once: only where the sender was killed. */
  repeats?: boolean;
  /** Keys of the records that are dead letters. */
  dead?: ReadonlySet<string>;
}

/**
 * After the sender has ended: every record was accepted, and is acknowledged or a dead letter; the topics hold each acknowledged one, with the
 * bytes that were handed over, in that order and in one partition. Returns how many are there more than once.
 */
export async function expectDelivered(
  writer: SpoolWriter,
  records: RandomRecords,
  { brokers, prefix }: { brokers: string; prefix: string },
  { repeats = false, dead = new Set() }: Expected = {},
): Promise<number> {
  const types = RECORD_TYPES.filter(({ name }) => records.handed.has(name));
  const files = await DirectoryFiles.open(writer.name, false);
  const checkpoint = (await new CheckpointFile(files).read())!;
  const { resident, lost } = await surveySpool(files);
  await files.close();
  for (const type of types) {
    const count = records.handed.get(type.name)!.length;
    const lost = records.handed.get(type.name)!.filter(({ key }) => dead.has(key)).length;
    const { handedOver, spooled, encodeError, dropped } = writer.account;
    const parts = [handedOver, spooled, encodeError, dropped].map((counts) => counts.of(type).records);
    expect(parts, 'handed over = spooled + encode_error + dropped').toEqual([count, count, 0, 0]);
    const { acked, dead_lettered, expired } = checkpoint.outcomes;
    const outcomes = [acked, dead_lettered, expired].map((counts) => counts.of(type.name).records);
    expect(outcomes, 'spooled = acked + dead_lettered + expired').toEqual([count - lost, lost, 0]);
  }
  expect(spoolBreach(checkpoint, { counts: resident, damaged: lost }, writer.next)).toBeNull();
  expect(resident.records).toBe(0);
  const found = await consumed(brokers, prefix);
  let again = 0;
  for (const { name } of types) {
    const messages = found.get(name) ?? [];
    expect(new Set(messages.map(({ partition }) => partition)).size).toBe(1);
    const seen = new Map<string, string>();
    for (const { key, bytes } of messages.flatMap(recordsOf)) {
      const digest = digestOf(bytes);
      const before = seen.get(key);
      if (before !== undefined) again++;
      expect(before ?? digest, 'a repeat has the same bytes').toBe(digest);
      seen.set(key, digest);
    }
    const arrived = [...seen].map(([key, digest]) => ({ key, digest }));
    const wanted = records.handed.get(name)!.filter(({ key }) => !dead.has(key));
    // By number first: a list of all that differs would be long.
    expect(arrived.length, `${name} records that arrived`).toBe(wanted.length);
    expect(arrived.findIndex(({ key, digest }, i) => key !== wanted[i]!.key || digest !== wanted[i]!.digest)).toBe(-1);
  }
  if (!repeats) expect(again, 'records that are there twice').toBe(0);
  return again;
}
