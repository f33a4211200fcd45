import { describe, expect, test } from 'vitest';
import { OOM_KILL_TABLE } from '../../src/checks/oom-kill/table/kill-table.js';
import { type OomKill, openReplay } from '../../src/index.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { verify } from '../../src/verify/verify.js';
import { inUtc } from '../support/utc.js';
import { replayed } from './replayed.js';

/** Recorded live by test/recordings/record-oom-kill: one process, and connections were off. */
const RECORDING = new URL('../recordings/oom_kill.ctr', import.meta.url).pathname;

describe('a recorded kill', () => {
  inUtc();

  test('is accounted for', async () => {
    expect(await verify(RECORDING)).toMatchObject({
      faults: [],
      lost: 0,
      types: { oom_kill: { records: 1, units: 1 } },
    });
  });

  test('gives the same bytes as ever', async () => {
    await expect(await replayed(RECORDING, (sink) => new NdjsonWriter(sink))).toMatchFileSnapshot(
      '../golden/oom_kill.ndjson',
    );
  });

  test.each([30, 60, 80, 132])('is a line of less than %s columns', async (columns) => {
    const size = () => ({ columns, rows: null });
    const text = await replayed(
      RECORDING,
      (sink) => new TableWriter(sink, [OOM_KILL_TABLE], { wide: false, colour: false, size }),
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(columns);
    await expect(text).toMatchFileSnapshot(`../golden/oom_kill-${columns}.txt`);
  });

  test('is an object for a program, beside no connections', async () => {
    await using recorded = await openReplay(RECORDING);
    const [kills, connections] = [recorded.records('oom_kill'), recorded.connections()];
    const all: OomKill[] = [];
    for await (const kill of kills) all.push(kill);
    expect(all).toMatchObject([{ host: 'sample', seq: 1, victim: { name: 'tail' }, trigger: { name: 'tail' } }]);
    expect(all[0]!.run).toBe(recorded.header.run);
    expect(await connections.next()).toEqual({ done: true, value: undefined });
    expect(() => recorded.records('kills' as 'oom_kill')).toThrow(/"kills"; choose from .*connection, oom_kill/);
  });
});
