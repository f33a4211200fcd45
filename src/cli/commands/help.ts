import { Command } from 'commander';
import { unknownCommand } from '../unknown-command.js';

/** `conntrail help`: as `--help`, but commander's own says nothing of a command that is not there. */
export function helpCommand(): Command {
  return new Command('help')
    .description('print help for a command')
    .argument('[command...]')
    .action((path: string[], _: object, { parent }: Command) => {
      let command = parent!;
      for (const name of path) {
        const next = command.commands.find((candidate) => candidate.name() === name);
        if (next === undefined) unknownCommand(command, name);
        command = next;
      }
      command.outputHelp();
    });
}
