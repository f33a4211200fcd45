import { parseArgs } from 'node:util';

/** Options of a subject's command line; every one takes a value. */
export function subjectArguments<T extends Record<string, string>>(defaults: T): T {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options, strict: true });
  return { ...defaults, ...values } as T;
}

/** What a subject prints, alone on a line: numbers and checksums. */
export function report(result: Readonly<Record<string, number | string>>): void {
  console.log(JSON.stringify(result));
}
