import { describe, expect, it } from 'vitest';
import { FlushClock } from '../../src/pump/flush-clock.js';

/** Which of these clock frames, in ms, are followed by a flush, at an interval of a second. */
function flushes(clocks: readonly number[]): number[] {
  const clock = new FlushClock(1000);
  return clocks.filter((ms) => clock.isDue(ms * 1e6));
}

describe('FlushClock', () => {
  it.each<[string, number[], number[]]>([
    [
      'a clock at the pace of the interval, with jitter',
      [500, 1503, 2499, 3501, 4498, 5500],
      [1503, 2499, 3501, 4498, 5500],
    ],
    ['a faster clock', [0, 100, 200, 800, 900, 1000, 1100, 1800, 1900, 2000], [900, 1900]],
    ['a slower clock', [0, 3000, 6000], [3000, 6000]],
    ['after a pause, no burst', [0, 1000, 9000, 9100, 9800, 10_000, 11_000], [1000, 9000, 10_000, 11_000]],
    ['the first clock frame begins', [77_000], []],
    ['a clock that goes back', [5000, 6000, 5500, 7000], [6000, 7000]],
  ])('%s', (_, clocks, expected) => {
    expect(flushes(clocks)).toEqual(expected);
  });
});
