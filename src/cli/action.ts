import { type Command, CommanderError } from 'commander';
import { fail } from './say.js';

/** What a command does: its arguments and options in, its exit status out. A thrown error becomes one line and its documented status. */
export function setAction<A extends unknown[]>(
  command: Command,
  run: (...args: A) => Promise<number> | number,
): Command {
  return command.action(async (...args) => {
    try {
      process.exitCode = await run(...(args as unknown as A));
    } catch (error) {
      // Told already, by commander.
      if (error instanceof CommanderError) throw error;
      process.exitCode = fail(error);
    }
  });
}
