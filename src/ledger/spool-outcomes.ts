import type { Output, SeriesCount } from '../sinks/generated/output.js';
import type { Violations } from './violations.js';

const OUTCOMES = ['acked', 'dead_lettered', 'expired'] as const;
const WHAT = ['records', 'units'] as const;

/**
 * What an output through a spool says became of its records: never less than before, and never more than the spool was given, where this run
 * is the only one that gave it any.
 */
export class SpoolOutcomes {
  readonly #violations: Violations;
  /** Highest number so far, by type, outcome and what is counted. */
  readonly #before = new Map<string, number>();

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  check({ series, spool_first: first, ledger_seq: at }: Output): void {
    for (const each of series) {
      for (const what of WHAT) {
        let sum = 0;
        for (const outcome of OUTCOMES) {
          // Absent in what an earlier version wrote.
          const count = (each[outcome] as SeriesCount | null | undefined)?.[what] ?? 0;
          sum += count;
          this.#grows(`${each.record}.${outcome}.${what}`, each.record, `output.${outcome}.${what}`, count, at);
        }
        const rule = `output: Σ acked + dead_lettered + expired ≤ written, in ${what}`;
        if (first === 1 && sum > each.written[what]) this.#add(each.record, rule, sum, each.written[what], at);
      }
    }
  }

  #grows(key: string, record: string, what: string, count: number, at: number): void {
    const before = this.#before.get(key) ?? 0;
    if (count < before) this.#add(record, `${what} never shrinks`, before, count, at);
    else this.#before.set(key, count);
  }

  #add(of: string, rule: string, left: number, right: number, ledgerSeq: number): void {
    this.#violations.add({ identity: 'I7', of, rule, left, right, ledgerSeq });
  }
}
