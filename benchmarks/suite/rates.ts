import { number } from '../harness/child.js';
import type { Rounds } from '../harness/rounds.js';
import { median } from '../harness/statistics.js';

/** Median millions of records per second of each subject, as a note. */
export function rates(rounds: Rounds): string {
  return Object.entries(rounds)
    .map(([name, results]) => {
      const millions = results.map((result) => number(result, 'records') / number(result, 'seconds') / 1e6);
      return `${name} ${median(millions).toPrecision(3)} M/s`;
    })
    .join(', ');
}
