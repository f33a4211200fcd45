import { expect, test } from 'vitest';
import { DNS_TABLE } from '../../src/dns/table/dns-table.js';
import { textWidth } from '../../src/table/text.js';
import { inUtc } from '../support/utc.js';
import { type MadeQuery, query } from './query.js';

inUtc();

const LONG = 'a-name-that-is-longer-than-any-column.of-a-department.subsidiary.example.org';

/** Every way in which a query can end, and what is long in it. */
const QUERIES: readonly MadeQuery[] = [
  { answers: [['A', '192.0.2.1']], latencyUs: 1250, ttl: 300 },
  {
    answers: [
      ['A', '192.0.2.1'],
      ['A', '192.0.2.2'],
      ['A', '192.0.2.3'],
    ],
    answerCount: 40,
    latencyUs: 87,
  },
  {
    name: 'alias.example.org',
    type: 'AAAA',
    answers: [
      ['CNAME', 'www.example.org'],
      ['AAAA', '2001:db8:1:2:3:4:5:1'],
    ],
    chain: ['www.example.org'],
    remote: 0x35,
    latencyUs: 20_310,
    ttl: 60,
  },
  { name: 'nothing.example.org', rcode: 3, latencyUs: 350_000 },
  { name: 'slow.example.org', outcome: 'timed_out', retries: 2 },
  { name: 'crowded.example.org', outcome: 'displaced' },
  { name: 'late.example.org', outcome: 'run_end' },
  { name: 'bad.example.org', rcode: 2, extendedError: 22, latencyUs: 4_000_000 },
  { name: 'odd.example.org', rcode: 4095, latencyUs: 1 },
  { name: 'empty.example.org', type: 'HTTPS', latencyUs: 900 },
  { name: 'big.example.org', type: 'TXT', truncated: true, latencyUs: 900 },
  { name: 'big.example.org', type: 'TXT', tcp: true, answers: [['TXT', `"${'x'.repeat(300)}"`]], latencyUs: 1900 },
  { name: LONG, type: 'TYPE65280', answers: [['TYPE65280', null]], latencyUs: 12 },
  {
    role: 'server',
    process: { name: 'unbound', pid: 53 },
    remote: '198.51.100.77',
    localPort: 53,
    remotePort: 51_515,
    answers: [['A', '192.0.2.1']],
    latencyUs: 40,
  },
  { role: 'observer', process: null, answers: [['A', '192.0.2.1']], latencyUs: 500 },
  { process: { name: 'a-very-long-name', pid: 4_194_303 }, remotePort: 5300, answers: [['A', '192.0.2.1']] },
];

function table(columns: number, { wide = false, colour = false } = {}): string {
  const lines = DNS_TABLE.open({ wide, colour });
  lines.fit(columns);
  return lines.header() + QUERIES.map((made) => lines.line(query(made))).join('');
}

test.each([40, 60, 80, 100, 132, 200])('%i columns: no line is longer, and it is what it was', async (columns) => {
  const text = table(columns);
  for (const line of text.split('\n')) expect(textWidth(line), line).toBeLessThan(columns);
  await expect(text).toMatchFileSnapshot(`../golden/dns-table-${columns}.txt`);
});

test('--wide: nothing is cut', async () => {
  const text = table(80, { wide: true });
  expect(text).not.toContain('…');
  await expect(text).toMatchFileSnapshot('../golden/dns-table-wide.txt');
});

test('red is what failed, dim what still waits', () => {
  const lines = table(80, { colour: true }).split('\n');
  const coloured = (code: string) => lines.filter((line) => line.includes(code)).map((line) => line.split(/ +/)[5]);
  expect(coloured('\x1b[31m')).toHaveLength(5);
  expect(coloured('\x1b[2m')).toHaveLength(1);
});
