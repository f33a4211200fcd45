import { expect, it } from 'vitest';
import { ceilingOn, greatest, lacksCounts, overCeiling } from './verifier.js';

const counted = (program: string, instructions: number | null) => ({ program, loaded: true, instructions });

it('lists all programs, the greatest first, when one is above the ceiling', () => {
  const programs = [counted('small', 8), counted('great', 50_001), counted('refused', null)];
  expect(overCeiling(programs, 50_000)).toBe('above 50000 instructions:\n50001 great\n8 small\n0 refused');
  expect(greatest(programs)).toBe('50001 instructions in great');
});

it('says nothing when none is', () => {
  expect(overCeiling([counted('a', 50_000), counted('b', null)], 50_000)).toBe('');
  expect(overCeiling([], 50_000)).toBe('');
});

it('has nothing to compare where the kernel does not tell', () => {
  expect(lacksCounts([counted('a', null)])).toContain('5.16');
  expect(lacksCounts([counted('a', null), counted('b', 1)])).toBeNull();
});

it('bears more of the older verifiers', () => {
  const releases = ['5.16.0', '6.1.0-56-cloud-amd64', '6.11.9', '6.12.118+deb13-cloud-amd64', '6.18.44', '7.0.13'];
  expect(releases.map(ceilingOn)).toEqual([100_000, 100_000, 100_000, 50_000, 50_000, 50_000]);
});
