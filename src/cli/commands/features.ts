import { Command } from 'commander';
import { setAction } from '../action.js';
import { EXIT } from '../exit-codes.js';

/** `conntrail features`: what can be watched, for --with and --without. */
export function featuresCommand(): Command {
  const command = new Command('features')
    .description('list what can be watched, for --with and --without')
    .addHelpText(
      'after',
      '\non: it is watched unless --without says otherwise. check: `conntrail check` can\nrun it alone.',
    );
  return setAction(command, async () => {
    const { FEATURES } = await import('../../features.js');
    const width = Math.max(...FEATURES.map(({ name }) => name.length));
    const lines = FEATURES.map(
      ({ name, title, byDefault, check }) =>
        `${name.padEnd(width)}  ${byDefault ? 'on ' : 'off'}  ${check === undefined ? '     ' : 'check'}  ${title}`,
    );
    process.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.ok;
  });
}
