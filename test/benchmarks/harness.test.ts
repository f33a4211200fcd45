import { describe, expect, it } from 'vitest';
import { atLeast, atMost, figure } from '../../benchmarks/harness/figure.js';
import { agree, ChecksumError } from '../../benchmarks/harness/rounds.js';
import { median, percentile, speedRatios } from '../../benchmarks/harness/statistics.js';
import { digits, markdown } from '../../benchmarks/harness/table.js';
import { drawResults } from '../../benchmarks/results/draw.js';

describe('statistics', () => {
  it('take the middle, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(percentile([0, 10, 20, 30, 40], 95)).toBe(38);
    expect(median([])).toBeNaN();
  });

  it('compare round by round: twice the time is half the speed', () => {
    expect(speedRatios([2, 4], [1, 8])).toEqual([0.5, 2]);
  });
});

describe('figures', () => {
  it.each([
    ['at least, reached', atLeast(1), 1, true],
    ['at least, missed', atLeast(1), 0.99, false],
    ['at most, reached', atMost(1), 1, true],
    ['at most, missed', atMost(1), 1.01, false],
  ])('%s', (_, target, value, met) => {
    expect(figure('b', { name: 'f', unit: '×', rounds: [value], target }, true).met).toBe(met);
  });

  it('judge nothing in a smoke run or without a target', () => {
    expect(figure('b', { name: 'f', unit: '×', rounds: [1], target: atLeast(2) }, false).met).toBeNull();
    expect(figure('b', { name: 'f', unit: '×', rounds: [1] }, true).met).toBeNull();
  });

  it('keep median and range apart', () => {
    expect(figure('b', { name: 'f', unit: '×', rounds: [1, 5, 2] }, true)).toMatchObject({ median: 2, range: [1, 5] });
    expect(figure('b', { name: 'f', unit: '×', rounds: [1, 5, 2], value: 1 }, true).median).toBe(1);
  });
});

describe('subjects that did different work', () => {
  const rounds = (crc: number) => ({ a: [{ records: 1, crc: 5 }], b: [{ records: 1, crc }] });

  it('fail, with both values', () => {
    expect(() => agree(rounds(5), ['records', 'crc'])).not.toThrow();
    expect(() => agree(rounds(6), ['records', 'crc'])).toThrow(ChecksumError);
    expect(() => agree(rounds(6), ['records', 'crc'])).toThrow('b says crc 6, a says 5');
  });
});

describe('the table', () => {
  const machine = { cpu: 'X', cpus: 2, memoryGiB: 4, kernel: '6', node: '20', v8: '11', versions: {} };
  const missed = figure('one', { name: 'a < b', unit: '×', rounds: [0.5], target: atLeast(1), note: 'why' }, true);

  it('shows each target beside its figure', () => {
    expect(markdown([missed], machine, ['two: skipped, because x'])).toContain(
      '| one | a < b (why) | 0.5 × | 0.5 – 0.5 | ≥ 1 × | **no** |',
    );
    expect(digits(1234567)).toBe('1,234,567');
    expect(digits(0.012345)).toBe('0.0123');
  });

  it('becomes a picture with escaped text', () => {
    expect(drawResults([missed])).toContain('a &#60; b');
  });
});
