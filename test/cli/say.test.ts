import { afterEach, expect, test, vi } from 'vitest';
import { saySums } from '../../src/cli/say.js';

afterEach(() => {
  vi.restoreAllMocks();
});

function said(text: string): string[] {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  saySums(text);
  return write.mock.calls.map(([line]) => String(line).replace(/\n$/, ''));
}

test.each([
  '12 connections closed in 1.0 s: 8 written, 4 filtered, 0 held, 0 lost',
  '2,018,911 connections closed in 86,400.5 s: 1,979,123 written, 22,331 filtered, 1,024 held, 17,111 lost (not final)',
  'lost: 10 kernel buffer full (--kernel-buffer), 4 shared ring full (--ring-size), 3 not written by the output, 9 no room for a UDP socket or peer',
  `a word of ${'x'.repeat(200)} letters`,
])('%s: within 80 columns, nothing left out', (text) => {
  const lines = said(text);
  for (const line of lines) {
    if (!line.includes('xxx')) expect(line.length, line).toBeLessThan(80);
    expect(line.startsWith('conntrail: ')).toBe(true);
  }
  expect(lines.map((line) => line.slice('conntrail: '.length).trim()).join(' ')).toBe(text);
});

test('sums that fit stay one line', () => {
  expect(said('9 connections closed in 1.0 s: 8 written, 1 filtered, 0 held, 0 lost')).toHaveLength(1);
});
