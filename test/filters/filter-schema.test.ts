import { expect, test } from 'vitest';
import { filterSchema } from '../../src/filters/filter-schema.js';
import { FILTERS } from '../../src/filters/filter-text.js';
import { parseFilterText } from '../../src/filters/parse-filter.js';

test('whatever the grammar gives passes', () => {
  const words = { address: '::1/64,10.0.0.0/8', protocol: 'udp', direction: 'unknown', state: 'open', failed: 'any' };
  for (const [name] of FILTERS) {
    const word = (words as Record<string, string>)[name] ?? '1';
    const filter = parseFilterText({ [name]: `${word},!${word}` })!;
    expect(filterSchema.safeParse(filter)).toMatchObject({ success: true, data: filter });
  }
});

test.each<[string, unknown]>([
  ['a text', 'port 22'],
  ['null', null],
  ['a pid as text', { pids: ['1'] }],
  ['a pid that is none', { pids: [-1] }],
  ['ports that are numbers', { ports: [22] }],
  ['a range that ends before it begins', { ports: [{ end: 'any', first: 2, last: 1 }] }],
  ['an end there is not', { ports: [{ end: 'both', first: 1, last: 1 }] }],
  ['an address as text', { addresses: [{ end: 'any', bytes: '10.0.0.0', prefix: 8 }] }],
  ['a prefix beyond the address', { addresses: [{ end: 'any', bytes: new Uint8Array(4), prefix: 33 }] }],
  ['half a byte', { minBytes: 0.5 }],
  ['a name that is nothing', { not: { processNames: [''] } }],
  ['a word there is not', { not: { failures: ['often'] } }],
  ['not of not', { not: { not: {} } }],
  ['another key', { colours: [] }],
])('%s is no filter', (_, filter) => {
  expect(filterSchema.safeParse(filter).success).toBe(false);
});
