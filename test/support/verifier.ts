/** What the verifier of this kernel went through for each program, held against the ceiling. */
import type { ProgramResult } from '../../src/native/index.js';

/**
 * Instructions. The kernel's own limit is 1,000,000; but what one version does in 6,000 has taken another 180,000, and a third one all memory:
 * a program near to either has no room left for the next version (docs/decisions/0008-loading-in-a-child.md).
 */
export const CEILING = 50_000;

type Counted = Pick<ProgramResult, 'program' | 'loaded' | 'instructions'>;

/** Why there is nothing to compare, in half a sentence; null = nothing. */
export function lacksCounts(programs: readonly Counted[]): string | null {
  const told = programs.some(({ instructions }) => instructions !== null);
  return told ? null : 'the kernel does not tell what its verifier went through (5.16)';
}

const sorted = (programs: readonly Counted[]) =>
  programs
    .map(({ program, instructions }) => ({ program, instructions: instructions ?? 0 }))
    .sort((a, b) => b.instructions - a.instructions);

/** The program with most instructions, and how many, in a few words. */
export function greatest(programs: readonly Counted[]): string {
  const [first] = sorted(programs);
  return first === undefined ? 'no programs' : `${first.instructions} instructions in ${first.program}`;
}

/** Empty, or the list of all programs, the greatest first, when one is above the ceiling. */
export function overCeiling(programs: readonly Counted[]): string {
  const list = sorted(programs);
  if (list.every(({ instructions }) => instructions <= CEILING)) return '';
  return [`above ${CEILING} instructions:`, ...list.map((each) => `${each.instructions} ${each.program}`)].join('\n');
}
