import { expect, test } from 'vitest';
import { humanCount, humanPart, humanShare } from '../../../src/checks/ebpf/table/figures.js';
import { RoundTable } from '../../../src/checks/ebpf/table/round-table.js';
import { textWidth } from '../../../src/table/text.js';
import { Shown } from './shown.js';

const plain = { wide: false, colour: false };

test('nothing before a round is whole', () => {
  expect(new RoundTable(plain).text({ columns: 80, rows: null })).toBe('');
});

test.each([40, 80, 132])('two rounds of a host, in %i columns', async (columns) => {
  const table = new RoundTable(plain);
  new Shown(table).host(2);
  const text = table.text({ columns, rows: null });
  for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThan(columns);
  await expect(text).toMatchFileSnapshot(`../../golden/ebpf-table-${columns}.txt`);
});

test('one round: what needs two is not made up', () => {
  const table = new RoundTable(plain);
  new Shown(table).host(1);
  const [header, ...lines] = table.text({ columns: 80, rows: null }).split('\n\n')[0]!.split('\n');
  expect(header).toContain('CPU% RUN/S NS/RUN');
  expect(lines).toHaveLength(5);
  const [from, to] = [header!.indexOf('CPU%') - 2, header!.indexOf(' MISSES')];
  for (const line of lines) expect(line.slice(from, to)).toMatch(/^ +- +- +-$/);
});

test('only the last round is shown', () => {
  const table = new RoundTable(plain);
  const shown = new Shown(table);
  shown.host(1);
  shown.round([{ id: 99, name: 'alone', type: 'xdp' }], []);
  const text = table.text({ columns: 80, rows: null });
  expect(text).toContain('alone');
  expect(text).not.toContain('tcp_close');
});

test.each<[number | null, string]>([
  [null, '-'],
  [0, '0'],
  [0.256, '0.26'],
  [9.99, '9.99'],
  [9.996, '10'],
  [99_999, '99999'],
  [100_000, '100K'],
  [1_250_000, '1.3M'],
  [999_499_999, '999M'],
  [999_600_000, '1.0G'],
  [2 ** 63, '9.2E'],
])('count %f is %s', (count, text) => {
  expect(humanCount(count)).toBe(text);
  expect(text.length).toBeLessThanOrEqual(5);
});

test.each<[number | null, string]>([
  [null, '-'],
  [0, '0'],
  [0.000_001, '<.001'],
  [0.000_01, '0.001'],
  [0.05, '5.000'],
  [0.099_996, '10.0'],
  [0.123, '12.3'],
  [1, '100'],
  [2.5, '250'],
])('share %f is %s', (share, text) => {
  expect(humanShare(share)).toBe(text);
});

test.each<[number | null, string]>([
  [null, '-'],
  [0, '0'],
  [0.0001, '<.1'],
  [0.064, '6.4'],
  [0.64, '64'],
  [0.9999, '99'],
  [1, '100'],
])('part %f is %s: full is only what is full, empty only what is empty', (part, text) => {
  expect(humanPart(part)).toBe(text);
});
