import type { Fact } from './detail.js';

const KEYS: readonly Fact[] = [
  ['tab', 'maps, or programs'],
  ['up down', 'select another row (k, j); page up, page down, home, end'],
  ['enter', 'all of the selected one, and how its figures go; again: back'],
  ['s  S', 'in the order of the next column, or of the one before'],
  ['r', 'the other way round'],
  ['/', 'only those whose name, type or owner has this in it; escape: all'],
  ['p', 'pause; again: go on'],
  ['?', 'this'],
  ['q', 'quit'],
];

const COLUMNS: readonly Fact[] = [
  ['CPU%', 'share of a core since the last reading; 100 is one core'],
  ['NS/RUN', 'ns of a run since the last reading; AVG-NS: since it was loaded'],
  ['MISS/S', 'runs it was kept from by itself, since the last reading'],
  ['MEMORY', 'what the kernel accounts for; with ~ what is worked out'],
  ['FILL%', 'entries of the most it holds; of an array nothing'],
];

/** What the keys do, and what the columns say. */
export function helpLines(): string[] {
  const line = ([name, text]: Fact): string => `  ${name.padEnd(9)}${text}`;
  return ['Keys', ...KEYS.map(line), '', 'Columns', ...COLUMNS.map(line)];
}
