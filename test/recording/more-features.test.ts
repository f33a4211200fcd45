/** A recording replayed with features that were off when it was made: they have rows that close, and no records; the others are as they were. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { runReplay } from '../../src/cli/replay.js';
import { FEATURES } from '../../src/features.js';
import { openReplay } from '../../src/index.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { verify } from '../../src/verify/verify.js';
import { ListWriter } from '../support/list-writer.js';
import { temporaryFolder } from './helpers.js';

const FOLDER = fileURLToPath(new URL('../recordings/', import.meta.url));
const RECORDINGS = readdirSync(FOLDER).filter((name) => name.endsWith('.ctr'));
const ALL = FEATURES.map(({ name }) => name);

async function replayed(path: string, features: readonly string[]): Promise<ListWriter> {
  const list = new ListWriter();
  const replay = await openReplay(path, { clients: [list.client], features: [...features] });
  await replay.closed;
  return list;
}

/** All but ledger records. */
const records = ({ lines }: ListWriter): string[] => lines.filter((line) => !line.includes('"accounts":'));

describe.each(RECORDINGS)('%s', (name) => {
  const path = join(FOLDER, name);

  beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true));

  test('gives the same records with every feature on, and a row for each', async () => {
    const [alone, more] = [await replayed(path, []), await replayed(path, ALL)];
    expect(records(more)).toEqual(records(alone));
    expect(records(alone).length).toBeGreaterThan(0);
    const reader = await RecordingReader.open(path);
    await reader.close();
    const ran = Object.keys(reader.header.features);
    for (const { accounts } of more.ledgers) {
      expect(accounts.map(({ feature }) => feature)).toEqual(ALL);
      for (const row of accounts.filter(({ feature }) => !ran.includes(feature))) {
        expect(row).toMatchObject({ attempted: 0, read: 0, enqueued: 0, given: 0, resident: 0 });
      }
    }
    const rows = more.ledgers.map(({ accounts }) => accounts.filter(({ feature }) => ran.includes(feature)));
    expect(rows).toEqual(alone.ledgers.map(({ accounts }) => accounts));
  });

  test('on the command line, and what it writes is whole', async () => {
    const to = join(temporaryFolder(), 'out');
    const format = { output: 'auto', color: 'auto', rotateSize: 1 << 28, rotateEvery: 1000, codec: 'null' } as const;
    const names = ALL.map((each) => each.replaceAll('_', '-'));
    expect(await runReplay(path, { ...format, pace: 'fast', filter: {}, to: [to], with: names })).toBe(0);
    expect((await verify(to)).faults).toEqual([]);
  });
});

test('a feature that is none is no feature of a replay', async () => {
  const path = join(FOLDER, RECORDINGS[0]!);
  await expect(openReplay(path, { features: ['disks'] })).rejects.toMatchObject({ code: 'CONNTRAIL_OPTION' });
});
