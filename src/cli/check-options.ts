import { type Command, Option } from 'commander';
import { ConntrailError } from '../errors.js';
import { type Setting, settingOf } from './feature-options.js';
import { addFormatOptions, type FormatOptions } from './format-options.js';
import { asArgument, parseCount, parseDuration } from './units.js';

/** The options of `conntrail check`, as commander parses them. Times in ms. */
export interface CheckOptions extends FormatOptions {
  for?: number;
  interval?: number;
  watch?: true;
  set?: Omit<Setting, 'feature'>[];
  maxLoss?: number;
  readyFile?: string;
  host?: string;
  record?: string;
}

/** Options that say how standard output looks: with a live view it is a screen. */
const OF_STANDARD_OUTPUT = ['output', 'wide', 'records', 'ledger'] as const;

/** Adds the options of a check that runs alone. */
export function addCheckOptions(command: Command): Command {
  const setting = asArgument((text) => settingOf(text));
  command
    .optionsGroup('Check:')
    .addOption(
      new Option(
        '--for <time>',
        'stop after this time, else at ^C; of a check that ends by itself: the time between its readings',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option('--interval <time>', 'read again after each such time, until it is stopped').argParser(parseDuration),
    )
    .option('--watch', 'a live view on this terminal')
    .option('--set <setting>', 'an option of the check, as option=value', (text, previous: unknown[] = []) => [
      ...previous,
      setting(text),
    ])
    .addOption(new Option('--max-loss <n>', 'exit 6 when more was lost').argParser(parseCount))
    .option('--ready-file <path>', 'create this file once it watches')
    .option('--host <name>', 'name of this host in every record; else its hostname');
  addFormatOptions(command);
  return command.optionsGroup('Recording:').option('--record <file>', 'record what the kernel told, for replay');
}

/**
 * What a live view cannot be together with.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function checkWatch(command: Command, terminal: boolean): void {
  for (const name of OF_STANDARD_OUTPUT) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const flag = command.options.find((option) => option.attributeName() === name)!.long!;
    throw new ConntrailError('CONNTRAIL_OPTION', `Give --watch or ${flag}: a live view takes the whole screen.`);
  }
  if (terminal) return;
  const sentence = '--watch needs a terminal, and standard output is none: leave it out, or give --interval instead.';
  throw new ConntrailError('CONNTRAIL_OPTION', sentence);
}
