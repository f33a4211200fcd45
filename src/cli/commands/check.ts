import { Command } from 'commander';
import { ConntrailError } from '../../errors.js';
import { setAction } from '../action.js';
import { addCheckOptions, type CheckOptions, checkWatch } from '../check-options.js';
import { checkDependentOptions } from '../dependent-options.js';
import { EXIT } from '../exit-codes.js';
import { checkPlaces } from '../output-places.js';
import { UNITS_HELP } from '../units.js';

const EXAMPLES = `

Without a name: what can be checked.

Examples:
  conntrail check                          what can be checked
  conntrail check ebpf                     every map and program, and its cost
  conntrail check ebpf --watch             the same, live
  conntrail check ebpf --interval 1m --to /var/lib/conntrail
  conntrail check oom-kill                 until ^C
  conntrail check tcp-queue-length --interval 5s -o ndjson`;

/** `conntrail check`: one feature alone, without connections. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('look at one thing alone: eBPF, kills for want of memory, queues')
    .argument('[name]', 'what to check');
  addCheckOptions(command).addHelpText('after', UNITS_HELP + EXAMPLES);
  return setAction(command, async (name: string | undefined, options: CheckOptions, command: Command) => {
    const { checkList, findCheck } = await import('../checks.js');
    if (name === undefined) {
      const given = command.options.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
      if (given !== undefined) {
        const sentence = `${given.long} changes nothing here: say what is to be checked; \`conntrail check\` lists it.`;
        throw new ConntrailError('CONNTRAIL_OPTION', sentence);
      }
      process.stdout.write(checkList());
      return EXIT.ok;
    }
    const feature = findCheck(name);
    if (options.watch === true && feature.check.screen !== undefined)
      checkWatch(command, process.stdout.isTTY === true);
    checkDependentOptions(command, options);
    checkPlaces(options);
    const { runCheck } = await import('../check.js');
    return runCheck(feature, options);
  });
}
