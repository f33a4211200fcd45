import { Command } from 'commander';
import { ConntrailError } from '../errors.js';
import { FEATURES } from '../features.js';
import type { DnsCommandOptions } from './dns-options.js';
import { addLiveOptions, type LiveOptions } from './live-options.js';

/** Of the feature. */
const NAME = 'dns';

/** What the command's own options are called in the feature's. */
const SETTINGS = {
  failures: 'failures',
  slow: 'slow',
  domain: 'domains',
  type: 'types',
  pid: 'pids',
  port: 'ports',
  netns: 'netns',
  privacy: 'names',
} as const satisfies Partial<Record<keyof DnsCommandOptions, string>>;

/**
 * Turns the options of the command into those of live tracing: DNS is on, everything else is off.
 * @param given whether an option stood on the command line
 * @throws ConntrailError CONNTRAIL_OPTION for what is given twice
 */
export function dnsPlan(options: DnsCommandOptions, given: (name: string) => boolean): LiveOptions {
  const { for: time, interval, maxLoss, readyFile, host, set = [], statistics } = options;
  const settings = set.map(({ option, value }) => ({ feature: NAME, option, value }));
  const add = (flag: string, option: string, value: unknown): void => {
    if (set.some((each) => each.option === option)) {
      throw new ConntrailError('CONNTRAIL_OPTION', `Give --${flag} or --set ${option}=…, not both.`);
    }
    settings.push({ feature: NAME, option, value });
  };
  for (const [name, option] of Object.entries(SETTINGS)) {
    if (given(name)) add(name, option, options[name as keyof typeof SETTINGS]);
  }
  if (statistics === true) add('statistics', 'records', 'statistics');
  const live: LiveOptions = {
    ...addLiveOptions(new Command()).opts<LiveOptions>(),
    with: [NAME],
    without: FEATURES.filter(({ byDefault, name }) => byDefault && name !== NAME).map(({ name }) => name),
    set: settings,
  };
  if (time !== undefined) live.for = time;
  if (interval !== undefined) live.interval = interval;
  if (maxLoss !== undefined) live.maxLoss = maxLoss;
  if (readyFile !== undefined) live.readyFile = readyFile;
  if (host !== undefined) live.host = host;
  return live;
}
