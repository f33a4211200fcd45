import { Command } from 'commander';
import { settleFilter } from '../../filters/settle-filter.js';
import { setAction } from '../action.js';
import { addFilterOptions, FILTER_HELP, filterNotes, filterText } from '../filter-options.js';
import { addLiveOptions, type LiveOptions } from '../live-options.js';
import { say } from '../say.js';
import { UNITS_HELP } from '../units.js';

const FILTERS_OF_A_RECORDING = `
A recording holds everything. Filters are written into it for \`conntrail
replay\`, which applies them unless it is given others, or --unfiltered.`;

/** `conntrail record`: everything the kernel tells, untouched, into one file. */
export function recordCommand(): Command {
  const command = new Command('record')
    .description('record what the kernel tells, for replay anywhere')
    .argument('<file>', 'file to create');
  addFilterOptions(addLiveOptions(command)).addHelpText('after', FILTERS_OF_A_RECORDING + FILTER_HELP + UNITS_HELP);
  return setAction(command, async (file: string, options: LiveOptions) => {
    const filter = settleFilter(filterText({ ...options }));
    for (const note of filterNotes(filter)) say(note);
    const { runLive } = await import('../live.js');
    const { nullOutput } = await import('../outputs.js');
    return runLive({ options, filter, record: file, recordingOnly: true, open: async () => [nullOutput()] });
  });
}
