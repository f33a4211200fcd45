import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connections/generated/connection.js';
import { CONNECTION_TABLE } from '../../src/connections/table/connection-table.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { verify } from '../../src/verify/verify.js';
import { inUtc } from '../support/utc.js';
import { replayed } from './replayed.js';

/** Recorded live by test/recordings/record-sample; `npm start` replays it where tracing is not possible. */
const SAMPLE = new URL('../recordings/sample.ctr', import.meta.url).pathname;

describe('the sample of real traffic', () => {
  inUtc();

  test('is accounted for', async () => {
    expect(await verify(SAMPLE)).toMatchObject({ faults: [], lost: 0 });
  });

  test('looks as it did', async () => {
    const text = await replayed(
      SAMPLE,
      (sink) => new TableWriter(sink, [CONNECTION_TABLE], { wide: false, colour: false }),
    );
    await expect(text).toMatchFileSnapshot('../golden/sample.txt');
  });

  test('gives the same bytes twice, and every connection of its generator once at each end', async () => {
    const text = await replayed(SAMPLE, (sink) => new NdjsonWriter(sink));
    expect(await replayed(SAMPLE, (sink) => new NdjsonWriter(sink))).toBe(text);
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Connection & { record: string });
    const closed = records.filter(({ record, state }) => record === 'connection' && state === 'closed');
    const count = (keep: (connection: Connection) => boolean): number => closed.filter(keep).length;
    expect(count(({ protocol, direction }) => protocol === 'tcp' && direction === 'outgoing')).toBe(29 + 2 + 1);
    expect(count(({ protocol, direction }) => protocol === 'tcp' && direction === 'incoming')).toBe(29 + 1 + 1);
    expect(count(({ protocol, direction }) => protocol === 'udp' && direction === 'outgoing')).toBe(13);
    expect(closed.flatMap(({ failure }) => failure?.cause ?? []).sort()).toEqual(['refused', 'reset']);
    const long = closed.find(({ process, protocol }) => process?.name === 'report' && protocol === 'tcp')!;
    expect(long.total.sent_bytes).toBe(31 * 211 + (31 * 30) / 2);
  });
});
