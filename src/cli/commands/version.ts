import { Command } from 'commander';
import { FORMAT_VERSION } from '../../recording/format.js';
import { VERSION } from '../../version.js';
import { setAction } from '../action.js';
import { choice } from '../choice.js';
import { EXIT } from '../exit-codes.js';

/** `conntrail version`: what a report of a fault should hold. */
export function versionCommand(): Command {
  const command = new Command('version')
    .description('print the versions of conntrail, its layouts and Node')
    .addOption(choice('-o, --output <format>', 'text or json', ['text', 'json'], 'text'));
  return setAction(command, async ({ output }: { output: string }) => {
    const { LAYOUTS } = await import('../../recording/layouts.js');
    const versions = {
      conntrail: VERSION,
      layouts: LAYOUTS,
      recording_format: FORMAT_VERSION,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    const layouts = Object.entries(LAYOUTS)
      .map((layout) => layout.join(' '))
      .join(', ');
    process.stdout.write(
      output === 'json'
        ? `${JSON.stringify(versions, null, 2)}\n`
        : `conntrail ${VERSION} (layouts ${layouts}, recording format ${FORMAT_VERSION}, Node ${versions.node}, ${versions.platform})\n`,
    );
    return EXIT.ok;
  });
}
