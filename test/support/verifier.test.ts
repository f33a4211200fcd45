import { expect, it } from 'vitest';
import { CEILING, greatest, lacksCounts, overCeiling } from './verifier.js';

const counted = (program: string, instructions: number | null) => ({ program, loaded: true, instructions });

it('lists all programs, the greatest first, when one is above the ceiling', () => {
  const programs = [counted('small', 8), counted('great', CEILING + 1), counted('refused', null)];
  expect(overCeiling(programs)).toBe('above 50000 instructions:\n50001 great\n8 small\n0 refused');
  expect(greatest(programs)).toBe('50001 instructions in great');
});

it('says nothing when none is', () => {
  expect(overCeiling([counted('a', CEILING), counted('b', null)])).toBe('');
  expect(overCeiling([])).toBe('');
});

it('has nothing to compare where the kernel does not tell', () => {
  expect(lacksCounts([counted('a', null)])).toContain('5.16');
  expect(lacksCounts([counted('a', null), counted('b', 1)])).toBeNull();
});
