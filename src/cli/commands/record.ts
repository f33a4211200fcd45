import { Command } from 'commander';
import { setAction } from '../action.js';
import { addLiveOptions, type LiveOptions } from '../live-options.js';

/** `conntrail record`: everything the kernel tells, untouched, into one file. */
export function recordCommand(): Command {
  const command = new Command('record')
    .description('record what the kernel tells, for replay anywhere')
    .argument('<file>', 'file to create');
  addLiveOptions(command).addHelpText('after', '\nNothing is filtered: give filters to `conntrail replay`.');
  return setAction(command, async (file: string, options: LiveOptions) => {
    const { runLive } = await import('../live.js');
    const { nullOutput } = await import('../outputs.js');
    return runLive({ options, filter: {}, record: file, recordingOnly: true, open: async () => [nullOutput()] });
  });
}
