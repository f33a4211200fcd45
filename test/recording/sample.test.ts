import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connections/generated/connection.js';
import { CONNECTION_TABLE } from '../../src/connections/table/connection-table.js';
import type { Dns } from '../../src/dns/generated/dns.js';
import { DNS_TABLE } from '../../src/dns/table/dns-table.js';
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

  test('its DNS looks as it did, in 79 columns', async () => {
    const text = await replayed(SAMPLE, (sink) => new TableWriter(sink, [DNS_TABLE], { wide: false, colour: false }));
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(80);
    await expect(text).toMatchFileSnapshot('../golden/sample-dns.txt');
  });

  test('every query of its generator once at each end, and the names of its answers on the connections that followed', async () => {
    const text = await replayed(SAMPLE, (sink) => new NdjsonWriter(sink));
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { record: string });
    const queries = records.filter(({ record }) => record === 'dns') as unknown as Dns[];
    // Thirteen look-ups, of which three are not answered and two find nothing; two of the shop, one of the report.
    for (const role of ['client', 'server']) {
      const of = queries.filter((each) => each.role === role);
      const count = (outcome: string, rcode: string | null) =>
        of.filter((each) => each.outcome === outcome && each.rcode === rcode).length;
      expect([count('answered', 'noerror'), count('answered', 'nxdomain'), count('timed_out', null)]).toEqual([
        11, 2, 3,
      ]);
      expect(of).toHaveLength(16);
    }
    const connections = records.filter(({ record }) => record === 'connection') as unknown as Connection[];
    const named = (port: number, address: string) =>
      connections
        .filter(
          ({ direction, remote }) => direction === 'outgoing' && remote!.port === port && remote!.address === address,
        )
        .map(({ remote }) => remote!.names?.[0]?.name);
    // The shop asked for its own name, the look-ups for another of the same address; what a process asked for itself comes first.
    expect(new Set(named(443, '192.0.2.10'))).toEqual(new Set(['shop.example']));
    expect(new Set(named(443, '2001:db8::10'))).toEqual(new Set(['shop.example']));
    expect(new Set(named(5432, '192.0.2.10'))).toEqual(new Set(['db.shop.example']));
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
    // A socket for each look-up, and one each of the shop and the report.
    expect(count(({ protocol, direction }) => protocol === 'udp' && direction === 'outgoing')).toBe(13 + 2);
    expect(closed.flatMap(({ failure }) => failure?.cause ?? []).sort()).toEqual(['refused', 'reset']);
    const long = closed.find(({ process, protocol }) => process?.name === 'report' && protocol === 'tcp')!;
    expect(long.total.sent_bytes).toBe(31 * 211 + (31 * 30) / 2);
  });
});
