import type { Command } from 'commander';

/** Ends with the error that commander has for a command it does not know. */
export function unknownCommand(command: Command, name: string): never {
  command.error(`error: unknown command '${name}'`, { code: 'commander.unknownCommand' });
}
