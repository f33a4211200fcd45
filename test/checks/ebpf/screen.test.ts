import { beforeEach, describe, expect, test } from 'vitest';
import { EbpfScreen } from '../../../src/checks/ebpf/watch/screen.js';
import { textWidth } from '../../../src/table/text.js';
import { READ_NS } from '../../support/ebpf-frames.js';
import { Shown } from './shown.js';

const SIZE = { columns: 80, rows: 24 };
const [UP, DOWN, ENTER, ESCAPE, TAB] = ['\x1b[A', '\x1b[B', '\r', '\x1b', '\t'];

let screen: EbpfScreen;
let shown: Shown;
beforeEach(() => {
  screen = new EbpfScreen({ wide: false, colour: false });
  shown = new Shown(screen);
});

const text = (size = SIZE): string => `${screen.lines(size).join('\n')}\n`;
/** The rows of the list: what stands below the titles. */
const rows = (): string[] =>
  screen
    .lines(SIZE)
    .slice(3, -1)
    .filter((line) => line !== '');
const names = (): string[] => rows().map((line) => line.slice(9).split(/ +/)[0]!);
function press(...keys: string[]): void {
  for (const key of keys) expect(screen.key(key)).toBe('drawn');
}

describe('as it stands at 80×24', () => {
  test.each<[name: string, rounds: number, ...keys: string[]]>([
    ['first', 0],
    ['programs', 3],
    ['maps', 3, TAB],
    ['program', 9, ENTER],
    ['map', 3, TAB, DOWN, DOWN, ENTER],
    ['help', 1, '?'],
    ['filter', 3, '/', 'a', 'g', 'e'],
  ])('%s', async (name, rounds, ...keys) => {
    // Figures go on while they are looked at.
    shown.host(Math.min(rounds, 2));
    press(...keys);
    for (let n = 3; n <= rounds; n++) shown.host(1);
    await expect(text()).toMatchFileSnapshot(`../../golden/ebpf-watch-${name}.txt`);
  });
});

describe('any size', () => {
  const sizes = [1, 2, 3, 5, 8, 20, 41, 80, 200].flatMap((columns) =>
    [1, 2, 3, 4, 7, 24, 60].map((rows) => ({ columns, rows })),
  );
  test.each<[string, string[]]>([
    ['programs', []],
    ['maps', [TAB]],
    ['a program', [ENTER]],
    ['help', ['?']],
    ['filter', ['/', 'x'.repeat(1)]],
  ])('%s: never more than there is room for', (_, keys) => {
    shown.host(2);
    press(...keys);
    for (const size of sizes) {
      const lines = screen.lines(size);
      expect(lines.length).toBeLessThanOrEqual(size.rows);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(size.columns);
    }
  });

  test('before the first reading, too', () => {
    for (const size of sizes)
      for (const line of screen.lines(size)) expect(textWidth(line)).toBeLessThanOrEqual(size.columns);
  });
});

describe('keys', () => {
  test('the order goes from column to column, and round', () => {
    shown.host(2);
    const first = names();
    const seen = [screen.lines(SIZE)[1]];
    for (;;) {
      press('s');
      const heading = screen.lines(SIZE)[1];
      if (heading === seen[0]) break;
      seen.push(heading);
    }
    expect(seen.map((heading) => heading!.split(' by ')[1])).toEqual([
      'CPU%',
      'RUN/S',
      'NS/RUN',
      'AVG-NS',
      'MISS/S',
      'NAME',
      'OWNER',
      'TYPE',
      'ID',
    ]);
    expect(names()).toEqual(first);
    press('S');
    expect(rows().map((line) => Number(line.slice(1, 8)))).toEqual([55, 31, 12, 8, 7]);
    press('r');
    expect(rows().map((line) => Number(line.slice(1, 8)))).toEqual([7, 8, 12, 31, 55]);
  });

  test('reversed, what is not known stays last', () => {
    shown.host(2);
    expect(names()).toEqual(
      ['sched_wakeup_o…', 'tcp_close', 'pinned_one', '-', 'new_kind'].map((name) =>
        expect.stringContaining(name.slice(0, 9)),
      ),
    );
    press('r');
    expect(rows().map((line) => Number(line.slice(1, 8)))).toEqual([7, 8, 12, 31, 55]);
    expect(screen.lines(SIZE)[1]).toBe('programs by CPU%, reversed');
  });

  test('another row is selected, and stays so wherever it comes to stand', () => {
    shown.host(2);
    press(DOWN, DOWN);
    expect(rows().findIndex((line) => line.startsWith('>'))).toBe(2);
    expect(rows()[2]).toContain('pinned_one');
    press('s', 's');
    expect(rows()[0]).toMatch(/^> +8 pinned_one/);
    press(DOWN, UP, 'G');
    expect(rows().at(-1)).toMatch(/^>/);
    press('g');
    expect(rows()[0]).toMatch(/^>/);
  });

  test('a page follows the selected row', () => {
    const many = Array.from({ length: 100 }, (_, i) => ({
      id: 1 + i,
      name: `program-${i}`,
      runs: { timeNs: 0, count: 0 },
      statisticsSinceNs: READ_NS,
    }));
    shown.round(many, []);
    shown.round(many, []);
    expect(rows()).toHaveLength(20);
    press('\x1b[6~');
    expect(rows()[0]).toMatch(/program-1 /);
    expect(rows().at(-1)).toMatch(/^> +21 program-20 /);
    press('\x1b[F');
    expect(rows().at(-1)).toMatch(/^> +100 program-99 /);
    press('\x1b[5~');
    expect(rows()[0]).toMatch(/^ +80 program-79|^> +80 program-79/);
    press('\x1b[H');
    expect(rows()[0]).toMatch(/^> +1 program-0 /);
    // Fewer than a page: none of them is above it.
    shown.round(many.slice(0, 3), []);
    expect(rows()).toHaveLength(3);
  });

  test('a filter by name, type and owner', () => {
    shown.host(2);
    press('/', ...'TCP');
    expect(names()).toEqual(['tcp_close']);
    expect(screen.lines(SIZE)[1]).toBe('programs by CPU%, 1 of 5 with TCP_');
    press('\x7f', '\x7f', '\x7f', ...'agent', ENTER);
    expect(rows()).toHaveLength(1);
    press(TAB);
    expect(rows()).toHaveLength(3);
    press(ESCAPE);
    expect(rows()).toHaveLength(5);
    press('/', 'q');
    expect(screen.lines(SIZE)[1]).toContain('with q_');
    expect(screen.key('\x1b[A')).toBe('unknown');
    press(ESCAPE);
    expect(screen.key('q')).toBe('quit');
  });

  test('paused, nothing moves; then the last reading is there', () => {
    shown.host(2);
    press('p');
    const before = text();
    expect(before).toContain('PAUSED');
    shown.round([{ id: 70, name: 'later' }], []);
    expect(text()).toBe(before);
    press('p');
    expect(names()).toEqual(['later']);
    expect(text()).not.toContain('PAUSED');
  });

  test('of a program that goes while it is looked at, the list is what is left', () => {
    shown.host(2);
    press(DOWN, ENTER);
    expect(text()).toContain('Program 12: tcp_close');
    shown.round([], []);
    expect(text()).toContain('programs by CPU%');
    expect(rows()).toEqual([]);
    expect(screen.key(ENTER)).toBe('drawn');
    expect(screen.key('q')).toBe('quit');
  });

  test('keys without a meaning', () => {
    for (const key of ['x', '\x1b[99~', '\0', 'ä']) expect(screen.key(key)).toBe('unknown');
  });
});

test('colours say nothing that the text does not', () => {
  const coloured = new EbpfScreen({ wide: false, colour: true });
  new Shown(coloured).host(3);
  shown.host(3);
  for (const keys of [[], [TAB], [ENTER], ['?']]) {
    for (const key of keys) {
      coloured.key(key);
      screen.key(key);
    }
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d*m`, 'g');
    const lines = coloured.lines(SIZE);
    expect(lines.join('')).toMatch(escapes);
    expect(lines.map((line) => line.replace(escapes, '').trimEnd())).toEqual(
      screen.lines(SIZE).map((line) => line.trimEnd()),
    );
  }
});

test('names that others chose steer no terminal', () => {
  shown.round([{ id: 1, name: 'a\x1b[2Jb', owners: [{ pid: 1, name: 'x\ny' }] }], []);
  for (const line of screen.lines(SIZE))
    expect(line).not.toMatch(new RegExp(`[${String.fromCharCode(0)}-${String.fromCharCode(31)}]`));
});
