/** Names as long as they can be, made up by somebody who wants no room to be left: whoever else asks is told all the same. */
import { expect, test } from 'vitest';
import { keyedHash } from '../../src/dns/privacy/keyed-hash.js';
import { DnsRun, discarded } from './dns-run.js';
import { answer, CLIENT, query } from './segments.js';

const OPTIONS = { maxNames: 1000, maxAddresses: 1000, maxQueries: 10, maxStatistics: 10, hosts: false };

/** 253 characters, the last of them the number. */
const longName = (n: number): string => {
  const tail = String(n).padStart(8, '0');
  return `${['a', 'b', 'c'].map((letter) => letter.repeat(63)).join('.')}.${'d'.repeat(52)}.${tail}`;
};

/** Asks for so many long names in one namespace, of so many addresses, each of which holds for an hour. */
function flood(run: DnsRun, count: number): void {
  for (let n = 0; n < count; n++) {
    const name = longName(n);
    const data = `10.1.${n >>> 8}.${n & 255}`;
    run.out(query(n, [name, 'A']), { netns: 66n });
    run.in(answer(n, [name, 'A'], [{ type: 'A', name, ttl: 3600, data }]), { netns: 66n });
  }
}

test('long names of one namespace leave room for what others ask, and take no name of theirs', () => {
  const run = new DnsRun(OPTIONS);
  const mine = (name: string, data: string) => {
    run.out(query(7, [name, 'A']));
    run.in(answer(7, [name, 'A'], [{ type: 'A', name, ttl: 3600, data }]));
  };
  mine('before.example.org', '192.0.2.1');
  flood(run, 1000);
  mine('behind.example.org', '192.0.2.2');
  expect(run.records).toHaveLength(1002);
  expect(run.namesOf('192.0.2.1', { netns_cookie: 1 })).toEqual(['before.example.org']);
  expect(run.namesOf('192.0.2.2', { netns_cookie: 1 })).toEqual(['behind.example.org']);
  // What made room is counted, and the names stay within their bytes.
  const { evictedAddresses } = run.stage.addresses as { evictedAddresses: number };
  expect(evictedAddresses).toBeGreaterThan(100);
  expect(discarded(run.end())).toEqual({});
});

test.each(['dns', 'statistics', 'both'] as const)(
  'records %s: long hashed names leave no query without room',
  (records) => {
    const run = new DnsRun({ ...OPTIONS, names: 'hash', records }, keyedHash(new Uint8Array(16)));
    flood(run, 1000);
    for (let n = 0; n < 10; n++) run.out(query(n, [longName(5000 + n), 'A']), { local: { ...CLIENT, port: 9 } });
    expect(run.stage.open).toBe(10);
    expect(run.stage.names).toMatchObject({ refused: 0 });
    run.end();
  },
);
