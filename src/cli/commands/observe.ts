import { Command, Option } from 'commander';
import { settleFilter } from '../../filters/settle-filter.js';
import { setAction } from '../action.js';
import { checkDependentOptions } from '../dependent-options.js';
import { addFilterOptions, FILTER_HELP, filterNotes, filterText } from '../filter-options.js';
import { addFormatOptions, addNamesOption, type FormatOptions } from '../format-options.js';
import { addLiveOptions, type LiveOptions } from '../live-options.js';
import { checkPlaces } from '../output-places.js';
import { say } from '../say.js';
import { UNITS_HELP } from '../units.js';

interface ObserveOptions extends LiveOptions, FormatOptions {
  record?: string;
  orReplay?: string;
}

const EXAMPLES = `

Examples:
  conntrail observe                        watch this host
  conntrail observe --for 10s -o ndjson --port 443 --state closed
  conntrail observe --to /var/lib/conntrail --max-loss 0
  conntrail observe --address remote:10.0.0.0/8 --name curl,wget
  conntrail observe --failed any --port '!22' --min-duration 1s`;

/** `conntrail observe`: the connections of this host, as they happen. */
export function observeCommand(): Command {
  const command = new Command('observe').description('print the connections of this host as they happen');
  addFilterOptions(addNamesOption(addFormatOptions(addLiveOptions(command))))
    .optionsGroup('Recording:')
    .option('--record <file>', 'record what the kernel told, for replay')
    .addOption(new Option('--or-replay <file>').hideHelp())
    .addHelpText('after', FILTER_HELP + UNITS_HELP + EXAMPLES);
  return setAction(command, async (options: ObserveOptions, command: Command) => {
    checkDependentOptions(command, options);
    checkPlaces(options);
    const filter = settleFilter(filterText({ ...options }));
    for (const note of filterNotes(filter)) say(note);
    const { runLive } = await import('../live.js');
    const { openOutputs } = await import('../outputs.js');
    const live = () =>
      runLive({
        options,
        filter,
        record: options.record,
        recordingOnly: false,
        open: (closed, features) => openOutputs(options, { closed, accounts: true, features, host: options.host }),
      });
    if (options.orReplay === undefined) return live();
    const { orReplay } = await import('../or-replay.js');
    return orReplay(live, options.orReplay, { ...options, filter });
  });
}
