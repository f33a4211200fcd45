import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addDnsOptions, type DnsCommandOptions } from '../../src/cli/dns-options.js';
import { dnsPlan } from '../../src/cli/dns-plan.js';
import { checkOptions } from '../../src/cli/live-settings.js';

/** What the tracer is run with for these words. */
function plan(...words: string[]) {
  const command = addDnsOptions(new Command('dns'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const options = command.parse(words, { from: 'user' }).opts<DnsCommandOptions>();
  return dnsPlan(options, (name) => command.getOptionValueSource(name) === 'cli');
}

/** The options of the one feature that is on. */
function settled(...words: string[]): Record<string, unknown> {
  const features = checkOptions(plan(...words), {});
  expect(features.map(({ feature }) => feature.name)).toEqual(['dns']);
  return features[0]!.options as Record<string, unknown>;
}

test('DNS is on, alone, with its defaults', () => {
  expect(settled()).toMatchObject({
    ports: [53],
    failures: false,
    slow: 0,
    domains: [],
    records: 'dns',
    names: 'full',
  });
});

test('each option is one of the feature', () => {
  const words = ['--failures', '--slow', '50ms', '--domain', '*.example.org,!x.example.org', '--type', 'A,AAAA'];
  const more = [
    '--pid',
    '7',
    '--pid',
    '8',
    '--port',
    '53,5300',
    '--netns',
    'blue',
    '--privacy',
    'hash',
    '--statistics',
  ];
  expect(settled(...words, ...more)).toMatchObject({
    failures: true,
    slow: 50,
    domains: ['*.example.org', '!x.example.org'],
    types: ['A', 'AAAA'],
    pids: [7, 8],
    ports: [53, 5300],
    netns: ['blue'],
    names: 'hash',
    records: 'statistics',
  });
  expect(settled('--set', 'timeout=2000')).toMatchObject({ timeout: 2000 });
});

test('what is about the run goes to the run', () => {
  const words = ['--for', '2s', '--interval', '5s', '--max-loss', '0', '--ready-file', '/x', '--host', 'h'];
  expect(plan(...words)).toMatchObject({ for: 2000, interval: 5000, maxLoss: 0, readyFile: '/x', host: 'h' });
});

test.each([
  [['--port', '70000'], /ports/],
  [['--port', Array.from({ length: 17 }, (_, i) => i + 1).join()], /at most 16 ports/],
  [['--type', 'A+'], /must be a type/],
  [['--slow', '1h'], /slow/],
  [['--failures', '--set', 'failures=false'], /Give --failures or --set failures=…, not both/],
  [['--statistics', '--set', 'records=both'], /Give --statistics or --set records=…, not both/],
])('%j is refused, and says why', (words, why) => {
  expect(() => settled(...words)).toThrow(
    expect.objectContaining({ code: 'CONNTRAIL_OPTION', message: expect.stringMatching(why) }),
  );
});

test.each([['0'], ['x'], ['']])('--pid %j is none', (word) => {
  expect(() => plan('--pid', word)).toThrow(/--pid/);
});
