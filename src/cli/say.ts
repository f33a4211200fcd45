import { safeLine } from '../encoding/safe-text.js';
import { ConntrailError } from '../errors.js';
import { asLimitError } from '../kernel/process-limits.js';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.js';

/** Takes lines in the place of standard error. */
let holder: ((line: string) => void) | null = null;

/**
 * One line to standard error, with our name in front. Everything that is not data goes this way; what could steer a terminal in it, as in
 * paths and names that others chose, is escaped.
 */
export function say(line: string): void {
  const safe = safeLine(line);
  if (holder === null) process.stderr.write(`conntrail: ${safe}\n`);
  else holder(safe);
}

/** While the terminal is a screen, lines would tear it: `take` is given them; null: standard error has them again. */
export function holdLines(take: ((line: string) => void) | null): void {
  holder = take;
}

/** Terminal columns that sums keep within, whatever the terminal: they end up in logs and tickets. */
const WIDTH = 79;

/** Sums for people: as `say`, but of several lines where one would be wider than 79 columns, broken at a comma where there is one. */
export function saySums(text: string): void {
  const prefix = 'conntrail: ';
  let rest = text;
  for (let room = WIDTH - prefix.length; rest.length > room; ) {
    const comma = rest.lastIndexOf(', ', room - 1);
    const at = comma > 0 ? comma + 1 : rest.lastIndexOf(' ', room);
    // Behind the indent only: a word without end stays whole.
    if (at <= 2) break;
    say(rest.slice(0, at));
    rest = `  ${rest.slice(at + 1)}`;
  }
  say(rest);
}

/** Says what went wrong, in one line, and returns the exit status it means. An error that is not ours is a defect: with its stack. */
export function fail(error: unknown): ExitCode {
  const known = asLimitError(error) ?? error;
  if (known instanceof ConntrailError) {
    say(`${known.message.replace(/\s*\n\s*/g, ' ')} [${known.code}]`);
    return exitCodeOf(known.code);
  }
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  say(`internal error: ${message.replace(/\s*\n\s*/g, ' ')}; report it with what follows [CONNTRAIL_INTERNAL]`);
  process.stderr.write(`${stack.split('\n').map(safeLine).join('\n')}\n`);
  return EXIT.failure;
}
