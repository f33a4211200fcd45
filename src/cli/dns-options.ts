import { type Command, InvalidArgumentError, Option } from 'commander';
import { choice } from './choice.js';
import { type Setting, settingOf } from './feature-options.js';
import { addFormatOptions, type FormatOptions } from './format-options.js';
import { asArgument, parseCount, parseDuration } from './units.js';

/** The options of `conntrail dns`, as commander parses them. Times in ms. */
export interface DnsCommandOptions extends FormatOptions {
  failures?: true;
  slow?: number;
  domain?: string[];
  type?: string[];
  pid?: number[];
  port?: number[];
  netns?: string[];
  statistics?: true;
  privacy?: 'full' | 'domain' | 'hash';
  for?: number;
  interval?: number;
  set?: Omit<Setting, 'feature'>[];
  maxLoss?: number;
  readyFile?: string;
  host?: string;
  record?: string;
}

/** A comma list, added to those before it. */
function list<T>(item: (text: string) => T): (text: string, previous?: T[]) => T[] {
  return (text, previous = []) => [...previous, ...text.split(',').map((each) => item(each.trim()))];
}

/** A whole number that may not be zero. */
function positive(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new InvalidArgumentError('0 is too little: give at least 1.');
  return count;
}

/** Adds the options of the command. */
export function addDnsOptions(command: Command): Command {
  const setting = asArgument((text) => settingOf(text));
  command
    .optionsGroup('Queries (what is left out is counted as filtered):')
    .option('--failures', 'only what failed: another code than NOERROR, or no answer')
    .addOption(
      new Option('--slow <time>', 'only what took this time at least, or had no answer, e.g. 50ms').argParser(
        parseDuration,
      ),
    )
    .option('--domain <names>', "only these names, as '*.example.org'; ! in front leaves out", list(String))
    .option(
      '--type <types>',
      'only these types, as A,AAAA; ANY: all; else those with names and addresses',
      list(String),
    )
    .option('--pid <pids>', 'only of these processes', list(positive))
    .optionsGroup('Capture:')
    .option('--port <ports>', 'ports of servers, at most 16; else 53', list(positive))
    .option('--netns <netns>', 'watch the wires of this network namespace too, by name or path', list(String))
    .addOption(
      choice(
        '--privacy <how>',
        'names in full, the registrable domain only, or a keyed hash',
        ['full', 'domain', 'hash'],
        'full',
      ),
    )
    .optionsGroup('Run:')
    .addOption(new Option('--for <time>', 'stop after this time, e.g. 10s; else at ^C').argParser(parseDuration))
    .option('--statistics', 'sums of each interval in place of single queries')
    .addOption(
      new Option('--interval <time>', 'time between these, and between ledger records; else 1s').argParser(
        parseDuration,
      ),
    )
    .option('--set <setting>', 'an option of the feature, as option=value', (text, previous: unknown[] = []) => [
      ...previous,
      setting(text),
    ])
    .addOption(new Option('--max-loss <n>', 'exit 6 when more messages were lost').argParser(parseCount))
    .option('--ready-file <path>', 'create this file once it watches')
    .option('--host <name>', 'name of this host in every record; else its hostname');
  addFormatOptions(command);
  return command.optionsGroup('Recording:').option('--record <file>', 'record what the kernel told, for replay');
}
