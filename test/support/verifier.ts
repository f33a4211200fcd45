/** What the verifier of this kernel went through for each program, held against the ceiling. */
import type { ProgramResult } from '../../src/native/index.js';

/**
 * Instructions. The kernel's own limit is 1,000,000; but what one version does in 6,000 has taken another 180,000, and a third one all memory:
 * a program near to either has no room left for the next version (docs/decisions/0008-loading-in-a-child.md).
 */
const CEILING = 50_000;
/** Verifiers of before 6.12 find fewer states alike: 83,500 on 6.1, for what takes 38,883 on 6.12. They change no more. */
const OLD_CEILING = 100_000;

/** @param release as uname tells it, "6.1.0-56-cloud-amd64" */
export function ceilingOn(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major < 6 || (major === 6 && minor < 12) ? OLD_CEILING : CEILING;
}

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
export function overCeiling(programs: readonly Counted[], ceiling: number): string {
  const list = sorted(programs);
  if (list.every(({ instructions }) => instructions <= ceiling)) return '';
  return [`above ${ceiling} instructions:`, ...list.map((each) => `${each.instructions} ${each.program}`)].join('\n');
}
