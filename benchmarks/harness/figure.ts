import { median } from './statistics.js';

/** What a figure must reach: at least, or at most. */
export interface Target {
  at: 'least' | 'most';
  value: number;
}

/** One number of the table, from several rounds. */
export interface Figure {
  benchmark: string;
  name: string;
  /** Of the median: '×' for a ratio of rates, '%' of a core, 'µs', 'ms', 'B', '/s' … */
  unit: string;
  median: number;
  range: readonly [low: number, high: number];
  rounds: readonly number[];
  target: Target | null;
  /** null: there is no target, or the run was too short to judge by. */
  met: boolean | null;
  /** Absolute figures behind a ratio, or how it was measured; one line. */
  note: string;
}

export interface FigureInput {
  name: string;
  unit: string;
  rounds: readonly number[];
  target?: Target;
  note?: string;
  /** Taken instead of the rounds' median, where the method says so (the best of several). */
  value?: number;
}

export const atLeast = (value: number): Target => ({ at: 'least', value });
export const atMost = (value: number): Target => ({ at: 'most', value });

/** Sums rounds up. @param judged false: no verdict */
export function figure(benchmark: string, input: FigureInput, judged: boolean): Figure {
  const { name, unit, rounds, target = null, note = '' } = input;
  const value = input.value ?? median(rounds);
  const reached = target !== null && (target.at === 'least' ? value >= target.value : value <= target.value);
  const met = target === null || !judged ? null : reached;
  const range = [Math.min(...rounds), Math.max(...rounds)] as const;
  return { benchmark, name, unit, median: value, range, rounds, target, met, note };
}
