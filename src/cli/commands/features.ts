import { Command } from 'commander';
import { setAction } from '../action.js';
import { EXIT } from '../exit-codes.js';

/** `conntrail features`: what can be watched, for --with and --without. */
export function featuresCommand(): Command {
  const command = new Command('features').description('list what can be watched, for --with and --without');
  return setAction(command, async () => {
    const { FEATURES } = await import('../../features.js');
    const width = Math.max(...FEATURES.map(({ name }) => name.length));
    const lines = FEATURES.map(
      ({ name, title, byDefault }) => `${name.padEnd(width)}  ${byDefault ? 'on ' : 'off'}  ${title}`,
    );
    process.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.ok;
  });
}
