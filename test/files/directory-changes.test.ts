/** When the names in a directory are looked at. */
import { expect, test } from 'vitest';
import { DirectoryChanges } from '../../src/files/directory-changes.js';

/** Seconds of the looks, asked for each second with what the directory's time is then. */
function looks(seconds: number, modified: (second: number) => number): number[] {
  const changes = new DirectoryChanges();
  return Array.from({ length: seconds }, (_, second) => second).filter((second) =>
    changes.due(BigInt(modified(second)), 1_000_000 + second * 1000),
  );
}

test('while a change may be hidden by the one before it, and then at the next change', () => {
  expect(looks(20, () => 7)).toEqual([0, 1, 2]);
  expect(looks(20, (second) => (second < 10 ? 7 : 8))).toEqual([0, 1, 2, 10, 11, 12]);
  // Set back by hand.
  expect(looks(20, (second) => (second < 10 ? 7 : 6))).toEqual([0, 1, 2, 10, 11, 12]);
});

test('each second of a directory that changes each second', () => {
  expect(looks(9, (second) => second)).toHaveLength(9);
});

test('once a minute where nothing changes', () => {
  expect(looks(130, () => 7)).toEqual([0, 1, 2, 62, 122]);
});
