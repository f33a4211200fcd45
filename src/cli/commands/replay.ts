import { Command, Option } from 'commander';
import type { Pace } from '../../recording/replay.js';
import { setAction } from '../action.js';
import { addFilterOptions, FILTER_HELP, filterNotes, filterText } from '../filter-options.js';
import { addFormatOptions, type FormatOptions } from '../format-options.js';
import { say } from '../say.js';
import { UNITS_HELP } from '../units.js';

interface ReplayCommandOptions extends FormatOptions {
  pace: Pace;
  unfiltered?: true;
}

/** `conntrail replay`: the records of a recording, the same each time. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description('print the records of a recording; needs no privilege')
    .argument('<file>', 'what `conntrail record` wrote')
    .option('--unfiltered', 'everything, whatever filters it was recorded with')
    .addOption(
      new Option('--pace <pace>', 'fast, or original: as it went').choices(['fast', 'original']).default('fast'),
    );
  addFilterOptions(addFormatOptions(command)).addHelpText(
    'after',
    `\nWithout filters, those that were given when it was recorded are used.${FILTER_HELP}${UNITS_HELP}`,
  );
  return setAction(command, async (file: string, options: ReplayCommandOptions) => {
    const filter = filterText({ ...options });
    for (const note of filterNotes(filter)) say(note);
    const { runReplay } = await import('../replay.js');
    return runReplay(file, { ...options, filter });
  });
}
