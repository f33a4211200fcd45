import { Command } from 'commander';
import { setAction } from '../action.js';
import { choice } from '../choice.js';

/** `conntrail doctor`: what this host offers, what conntrail makes of it, and how to mend what is missing. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('what this kernel offers, what you get of it, how to mend it')
    .addOption(choice('-o, --output <format>', 'text or json', ['text', 'json'], 'text'))
    .addHelpText('after', '\nExit status: 0 all of it, 3 missing privilege, 4 kernel cannot, 5 degraded.');
  return setAction(command, async ({ output }: { output: 'text' | 'json' }) => {
    const { runDoctor } = await import('../doctor.js');
    return runDoctor(output);
  });
}
