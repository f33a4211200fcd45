import { type Command, measure, number, type Result } from './child.js';

/** Subjects by name, measured in turn so that a slow phase of the machine meets all of them. */
export type Subjects = Readonly<Record<string, Command>>;

/** Results by subject, one per round. */
export type Rounds = Readonly<Record<string, readonly Result[]>>;

/** Two subjects did not do the same work. */
export class ChecksumError extends Error {}

/** Runs every subject once per round; the order turns from round to round. */
export async function interleave(subjects: Subjects, rounds: number): Promise<Rounds> {
  const names = Object.keys(subjects);
  const results: Record<string, Result[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!;
      results[name]!.push(await measure(subjects[name]!));
    }
  }
  return results;
}

/** The values of one field, one per round. */
export function column(rounds: Rounds, subject: string, field: string): number[] {
  return rounds[subject]!.map((result) => number(result, field));
}

/** Fails unless all results of all subjects agree in these fields. */
export function agree(rounds: Rounds, fields: readonly string[]): void {
  const all = Object.entries(rounds).flatMap(([name, results]) => results.map((result) => ({ name, result })));
  const first = all[0];
  for (const { name, result } of all) {
    for (const field of fields) {
      if (result[field] === first!.result[field]) continue;
      throw new ChecksumError(
        `${name} says ${field} ${result[field]}, ${first!.name} says ${first!.result[field]}: not the same work`,
      );
    }
  }
}
