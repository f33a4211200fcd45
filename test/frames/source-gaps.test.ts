import { describe, expect, it } from 'vitest';
import { PUMP } from '../../src/frames/frame-view.js';
import { SourceGaps } from '../../src/frames/source-gaps.js';

function missing(...frames: [source: number, seq: number][]): number {
  const gaps = new SourceGaps();
  for (const [source, seq] of frames) gaps.note(source, seq);
  return gaps.missing;
}

describe('SourceGaps', () => {
  it('counts the numbers that were skipped, of each source by itself', () => {
    expect(missing([0, 0], [1, 0], [0, 1], [1, 3], [PUMP, 0], [PUMP, 2])).toBe(3);
  });

  it('takes the first number of a source as its beginning', () => {
    expect(missing([0, 1000], [0, 1001])).toBe(0);
  });

  it('goes on over 2^32', () => {
    expect(missing([0, 2 ** 32 - 2], [0, 2 ** 32 - 1], [0, 1])).toBe(1);
  });

  it('misses nothing for a frame that comes twice', () => {
    expect(missing([0, 5], [0, 6], [0, 6], [0, 3], [0, 7], [0, 9])).toBe(1);
  });
});
