/** Every number of systems.md §6.6 and §6.7 that bounds what DNS keeps, and those of the streams, is an option within bounds. */
import { expect, test } from 'vitest';
import { dnsOptions } from '../../src/dns/options.js';
import { enabledFeatures } from '../../src/feature-options.js';

/** Option, its default, the least and the most that it may be. */
const NUMBERS = [
  ['maxAddresses', 100_000, 1, 1 << 22],
  ['maxNamesPerAddress', 64, 1, 256],
  ['maxNames', 200_000, 1000, 1 << 22],
  ['minTtl', 30, 1, 3600],
  ['maxTtl', 3600, 30, 604_800],
  ['maxNamedConnections', 262_144, 1, 1 << 22],
  ['timeout', 15_000, 100, 600_000],
  ['maxQueries', 10_000, 1, 1 << 20],
  ['maxStatistics', 20_000, 1, 1 << 20],
  ['maxStreams', 1024, 1, 1 << 16],
  ['maxStreamBytes', 16 << 20, 1 << 17, 1 << 30],
  ['holeTimeout', 4000, 100, 60_000],
  ['streamTimeout', 120_000, 1000, 3_600_000],
] as const;

/** What is asked for, and bounds nothing. */
const SLOW = 'slow';

test.each(NUMBERS)('%s', (name, usual, least, most) => {
  expect(dnsOptions.parse({})).toMatchObject({ [name]: usual });
  for (const value of [least, most]) expect(dnsOptions.parse({ [name]: value })).toMatchObject({ [name]: value });
  for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, '7']) {
    let error: unknown;
    try {
      enabledFeatures({ dns: { [name]: value } });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: 'CONNTRAIL_OPTION',
      message: expect.stringMatching(/^Correct the options of dns: .*(?:must|above)/),
    });
    expect((error as Error).message).toMatch(name.endsWith('Ttl') ? /Ttl/ : new RegExp(name));
  }
});

test('no number of the options is missing in the list', () => {
  const numbers = Object.entries(dnsOptions.parse({})).filter(
    ([name, value]) => typeof value === 'number' && name !== SLOW,
  );
  expect(numbers.map(([name]) => name).sort()).toEqual(NUMBERS.map(([name]) => name as string).sort());
});

test('the shortest time of a name is not above the longest', () => {
  expect(dnsOptions.parse({ minTtl: 60, maxTtl: 60 })).toMatchObject({ minTtl: 60, maxTtl: 60 });
  expect(() => enabledFeatures({ dns: { minTtl: 61, maxTtl: 60 } })).toThrow(/minTtl.*must not be above maxTtl/);
});
