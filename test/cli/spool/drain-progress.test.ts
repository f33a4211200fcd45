import { expect, test } from 'vitest';
import { DrainProgress } from '../../../src/cli/spool/drain-progress.js';

test('share, rate and time left', () => {
  const progress = new DrainProgress(4000, 1000);
  expect(progress.line()).toBe('0 of 4,000 records (0 %)');
  progress.tell(1200, 4000);
  expect(progress.line()).toBe('1,200 of 4,000 records (30 %), 400/s, 7.00s left');
  progress.tell(3999, 5000);
  expect(progress.line()).toBe('3,999 of 4,000 records (99 %), 1,000/s, 1.00ms left');
  progress.tell(4000, 5000);
  expect(progress.line()).toBe('4,000 of 4,000 records (100 %), 1,000/s');
});

test('the rate is of the last ten seconds', () => {
  const progress = new DrainProgress(1e6, 0);
  for (let second = 1; second <= 100; second++) progress.tell(second < 80 ? second * 1000 : 79_000, second * 1000);
  expect(progress.rate).toBe(0);
  expect(progress.line()).toBe('79,000 of 1,000,000 records (7 %), 0/s');
  for (let second = 101; second <= 120; second++) progress.tell(79_000 + (second - 100) * 500, second * 1000);
  expect(progress.rate).toBe(500);
});

test('nothing to send', () => {
  expect(new DrainProgress(0, 0).line()).toBe('0 of 0 records (100 %)');
});
