import { afterEach, expect, test, vi } from 'vitest';
import { fail, say, saySums } from '../../src/cli/say.js';
import { isUnsafe } from '../../src/encoding/safe-text.js';
import { ConntrailError } from '../../src/errors.js';

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

/** A path that somebody else chose: escape sequences, C1, bidirectional overrides, separators of lines, half a character. */
const HOSTILE = 'a\x1b[2Jb\x9b1m\u202ec\u2028d\x07\x7fe\ud800';

test.each([
  ['a line', () => say(HOSTILE)],
  ['an error', () => fail(new ConntrailError('CONNTRAIL_IO', `cannot read ${HOSTILE}\n more`))],
  ['a defect', () => fail(new Error(HOSTILE))],
  ['sums', () => saySums(`${HOSTILE.repeat(9)}, ${HOSTILE}`)],
])('%s: nothing in it steers a terminal', (_, act) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  act();
  const text = write.mock.calls.map(([each]) => String(each)).join('');
  expect([...text].filter((character) => character !== '\n' && isUnsafe(character.codePointAt(0)!))).toEqual([]);
  expect(text).toContain('a\\027[2Jb\\194\\1551m\\226\\128\\174c\\226\\128\\168d\\007\\127e');
});

test('lines as they are: backslashes, and characters of other languages', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  say('C:\\caf\u00e9 \u2192 \u65e5\u672c \u{1f600}');
  expect(write.mock.calls).toEqual([['conntrail: C:\\caf\u00e9 \u2192 \u65e5\u672c \u{1f600}\n']]);
});
