import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { NamePattern } from '../../src/dns/selection/name-pattern.js';
import { SELECTION_OPTIONS } from '../../src/dns/selection/options.js';
import { Selection } from '../../src/dns/selection/selection.js';
import { type MadeQuery, query } from './query.js';

const QUERIES: readonly MadeQuery[] = [
  { name: 'quick.example.org', latencyUs: 49_999 },
  { name: 'slow.example.org', latencyUs: 50_000, process: { name: 'dig', pid: 7 } },
  { name: 'missing.example.org', rcode: 3, latencyUs: 10 },
  { name: 'slow-and-missing.example.net', rcode: 3, latencyUs: 90_000 },
  { name: 'silent.example.net', outcome: 'timed_out', process: null },
  { name: 'displaced.example.net', outcome: 'displaced' },
  { name: 'waiting.example.net', outcome: 'run_end' },
];

function taken(options: Partial<Record<keyof typeof SELECTION_OPTIONS, unknown>>): string[] {
  const selection = new Selection(z.strictObject(SELECTION_OPTIONS).parse(options));
  return QUERIES.filter((made) => selection.takes(query(made))).map(({ name }) => name!.split('.')[0]!);
}

test('without options all of them', () => {
  expect(taken({})).toHaveLength(QUERIES.length);
});

test('failures: what had another code, or no answer; of what still waited nobody knows', () => {
  expect(taken({ failures: true })).toEqual(['missing', 'slow-and-missing', 'silent', 'displaced']);
});

test('slow: what took so long at least, or had no answer', () => {
  expect(taken({ slow: 50 })).toEqual(['slow', 'slow-and-missing', 'silent', 'displaced']);
});

test('both: each must hold', () => {
  expect(taken({ slow: 50, failures: true })).toEqual(['slow-and-missing', 'silent', 'displaced']);
});

test('names by pattern, in either case and with or without the dot at the end', () => {
  expect(taken({ domains: ['*.EXAMPLE.net.'] })).toEqual(['slow-and-missing', 'silent', 'displaced', 'waiting']);
  expect(taken({ domains: ['quick.example.org', 'silent*'] })).toEqual(['quick', 'silent']);
  expect(taken({ domains: ['!*.net'] })).toEqual(['quick', 'slow', 'missing']);
  expect(taken({ domains: ['*.example.*', '!*.net'] })).toEqual(['quick', 'slow', 'missing']);
});

test('processes by id; one that is not known is none of them', () => {
  expect(taken({ pids: [7] })).toEqual(['slow']);
  expect(taken({ pids: [7, 4711] })).not.toContain('silent');
});

test('a pattern takes what the same regular expression takes', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 12 }).map((all) => all.join(''));
  const names = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 16 }).map((all) => all.join(''));
  fc.assert(
    fc.property(letters, names, (pattern, name) => {
      const plain = pattern.replace(/(?<=[^\\])\.$/, '');
      const expected = new RegExp(`^${plain.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);
      const bytes = Buffer.from(`x${name}x`, 'latin1');
      expect(new NamePattern(pattern).matches(bytes, 1, name.length)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
