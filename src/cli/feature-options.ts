import { type Command, Option } from 'commander';
import { ConntrailError } from '../errors.js';
import { asArgument } from './units.js';

/** One `--set`. */
export interface Setting {
  feature: string;
  option: string;
  value: unknown;
}

/** The options that say what runs, as commander parses them. Names are looked at when the command runs: help loads no feature. */
export interface FeatureFlags {
  with?: string[];
  without?: string[];
  set?: Setting[];
}

const list = (text: string, previous: string[] = []): string[] => [...previous, ...text.split(',').map(nameOf)];

/** Features by name, for a replay. */
export function withOption(help: string): Option {
  return new Option('--with <features>', help).argParser(list);
}

/** Adds the options to a command. */
export function addFeatureOptions(command: Command): Command {
  const setting = asArgument(parseSetting);
  return command
    .optionsGroup('Features (`conntrail features` lists them; repeatable, or comma lists):')
    .option('--with <features>', 'watch these too', list)
    .option('--without <features>', 'do not watch these', list)
    .option('--set <setting>', 'an option of a feature, as feature.option=value', (text, previous: Setting[] = []) => [
      ...previous,
      setting(text),
    ]);
}

/** Names are written with either. */
function nameOf(text: string): string {
  return text.trim().replaceAll('-', '_');
}

/** `dns.timeout=15`: a value is what JSON says it is, else text. */
function parseSetting(text: string): Setting {
  const match = /^([\w-]+)\.(\w+)=(.*)$/.exec(text);
  if (match === null)
    throw new ConntrailError('CONNTRAIL_OPTION', `${text} is no setting: write feature.option=value.`);
  const [, feature, option, value] = match;
  return { feature: nameOf(feature!), option: option!, value: parseValue(value!) };
}

/**
 * `timeout=15`, of the one feature there is.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function settingOf(text: string): Omit<Setting, 'feature'> {
  const match = /^(\w+)=(.*)$/.exec(text);
  if (match === null) throw new ConntrailError('CONNTRAIL_OPTION', `${text} is no setting: write option=value.`);
  const [, option, value] = match;
  return { option: option!, value: parseValue(value!) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
