import { Command } from 'commander';
import { ConntrailError } from '../../errors.js';
import type { Pace } from '../../recording/replay.js';
import { setAction } from '../action.js';
import { choice } from '../choice.js';
import { checkDependentOptions } from '../dependent-options.js';
import { withOption } from '../feature-options.js';
import { addFilterOptions, FILTER_HELP, filterNotes, filterText } from '../filter-options.js';
import { addFormatOptions, addNamesOption, type FormatOptions } from '../format-options.js';
import { checkPlaces } from '../output-places.js';
import { say } from '../say.js';
import { UNITS_HELP } from '../units.js';

interface ReplayCommandOptions extends FormatOptions {
  pace: Pace;
  unfiltered?: true;
  with?: string[];
}

/** `conntrail replay`: the records of a recording, the same each time. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description('print the records of a recording; needs no privilege')
    .argument('<file>', 'what `conntrail record` wrote')
    .option('--unfiltered', 'everything, whatever filters it was recorded with')
    .addOption(withOption('have these features on too, though they were off when it was recorded'))
    .addOption(choice('--pace <pace>', 'fast, or original: as it went', ['fast', 'original'], 'fast'));
  addFilterOptions(addNamesOption(addFormatOptions(command))).addHelpText(
    'after',
    `\nWithout filters, those that were given when it was recorded are used.${FILTER_HELP}${UNITS_HELP}`,
  );
  return setAction(command, async (file: string, options: ReplayCommandOptions, command: Command) => {
    checkDependentOptions(command, options);
    checkPlaces(options);
    const filter = filterText({ ...options });
    if (options.unfiltered && Object.keys(filter).length > 0) {
      throw new ConntrailError('CONNTRAIL_OPTION', 'Give filters or --unfiltered, not both.');
    }
    for (const note of filterNotes(filter)) say(note);
    const { runReplay } = await import('../replay.js');
    return runReplay(file, { ...options, filter });
  });
}
