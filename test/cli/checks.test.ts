import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCheckOptions, type CheckOptions, checkWatch } from '../../src/cli/check-options.js';
import { checkPlan } from '../../src/cli/check-plan.js';
import { CHECKS, type CheckedFeature, checkList, dashed, findCheck } from '../../src/cli/checks.js';
import { checkOptions } from '../../src/cli/live-settings.js';
import { suggestion } from '../../src/cli/suggestion.js';
import { FEATURES } from '../../src/features.js';
import type { FeatureCheck } from '../../src/pipeline/check.js';
import { RECORD_TYPES } from '../../src/records.gen.js';

const refusal = (message: RegExp | string) =>
  expect.objectContaining({
    code: 'CONNTRAIL_OPTION',
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  });

/** Options as the command line gives them. */
function options(...words: string[]): CheckOptions {
  const command = addCheckOptions(new Command('check'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(words, { from: 'user' }).opts<CheckOptions>();
}

/** A feature that is one of ours but for how it is checked. */
const withCheck = (check: FeatureCheck): CheckedFeature => ({ ...findCheck('oom-kill'), check });
const READS = withCheck({
  interval: { option: 'interval', ms: 1000 },
  answer: { readings: 2, type: RECORD_TYPES[0]! as never, ends: () => true },
  screen: async () => () => expect.fail('nobody opens it'),
});
const LOOKS = withCheck({ interval: { option: 'interval', ms: 2000 } });

test('every check is found by its name, with dashes and underscores', () => {
  expect(CHECKS.length).toBeGreaterThan(0);
  for (const feature of CHECKS) {
    for (const name of [feature.name, dashed(feature.name), feature.name.toUpperCase()]) {
      expect(findCheck(name)).toBe(feature);
    }
    expect(checkList()).toMatch(new RegExp(`^${dashed(feature.name)} +(?:at once|until \\^C) +${feature.title}$`, 'm'));
  }
});

test('a name that is none says which there are, or which was meant', () => {
  expect(() => findCheck('oomkill')).toThrow(refusal('There is no check "oomkill"; did you mean oom-kill?'));
  expect(() => findCheck('oom')).toThrow(refusal('did you mean oom-kill?'));
  expect(() => findCheck('disk')).toThrow(refusal(/^There is no check "disk"; choose from .*oom-kill.*\.$/));
  expect(() => findCheck('')).toThrow(refusal('choose from'));
  expect(() => findCheck('connections')).toThrow(refusal('connections is not a check: conntrail observe has it.'));
});

test.each([
  ['ebfp', 'ebpf'],
  ['ebpf', 'ebpf'],
  ['bpf', 'ebpf'],
  ['tcp', 'tcp-queue-length'],
  ['tcp-queue-lenght', 'tcp-queue-length'],
  ['tcp-queues-lenght', 'tcp-queue-length'],
  ['tcp_queues_lenght', null],
  ['e', 'ebpf'],
  ['x', null],
  ['', null],
])('%j is probably %j', (word, meant) => {
  expect(suggestion(word, ['ebpf', 'oom-kill', 'tcp-queue-length'])).toBe(meant);
});

test('a check runs alone', () => {
  for (const feature of CHECKS) {
    const { live } = checkPlan(feature, options());
    expect(checkOptions(live, {}).map((each) => each.feature.name)).toEqual([feature.name]);
    expect(FEATURES.filter(({ byDefault }) => byDefault).map(({ name }) => name)).toEqual(live.without);
  }
});

test('what ends by itself takes --for as the time between its readings; what goes on, as its end', () => {
  expect(checkPlan(READS, options())).toMatchObject({ follows: false, intervalMs: 1000 });
  const slow = checkPlan(READS, options('--for', '5s'));
  expect(slow).toMatchObject({
    follows: false,
    intervalMs: 5000,
    live: { set: [{ option: 'interval', value: 5000 }] },
  });
  expect(slow.live.for).toBeUndefined();
  for (const more of [
    ['--interval', '3s'],
    ['--watch', '--interval', '3s'],
  ]) {
    const plan = checkPlan(READS, options('--for', '1m', ...more));
    expect(plan).toMatchObject({ follows: true, intervalMs: 3000, live: { for: 60_000 } });
  }
  expect(checkPlan(READS, options('--watch'))).toMatchObject({ follows: true, intervalMs: 1000 });
  expect(checkPlan(LOOKS, options('--for', '5s'))).toMatchObject({
    follows: true,
    intervalMs: 2000,
    live: { for: 5000 },
  });
  expect(checkPlan(findCheck('oom-kill'), options('--for', '5s'))).toMatchObject({ follows: true, intervalMs: null });
});

test('settings are those of the check, and an interval that is set is not overwritten', () => {
  const given = options('--set', 'interval=700', '--set', 'names=["a"]', '--set', 'word=a=b');
  expect(checkPlan(LOOKS, given).live.set).toEqual([
    { feature: 'oom_kill', option: 'interval', value: 700 },
    { feature: 'oom_kill', option: 'names', value: ['a'] },
    { feature: 'oom_kill', option: 'word', value: 'a=b' },
  ]);
  expect(() => options('--set', 'interval')).toThrow(/write option=value/);
});

test('what would change nothing is refused', () => {
  const kills = findCheck('oom-kill');
  expect(() => checkPlan(kills, options('--interval', '1s'))).toThrow(refusal('--interval changes nothing here'));
  expect(() => checkPlan(kills, options('--watch'))).toThrow(refusal('--watch changes nothing here'));
  const twice = options('--interval', '1s', '--set', 'interval=5');
  expect(() => checkPlan(LOOKS, twice)).toThrow(refusal('Give --interval or --set interval=…, not both.'));
});

test('a live view has the terminal for itself', () => {
  const watched = (...words: string[]): Command => addCheckOptions(new Command('check')).parse(words, { from: 'user' });
  expect(() => checkWatch(watched('--watch', '--color', 'never', '--to', 'x'), true)).not.toThrow();
  for (const flag of [['-o', 'json'], ['--wide'], ['--records', 'oom_kill'], ['--no-ledger']]) {
    expect(() => checkWatch(watched('--watch', ...flag), true)).toThrow(
      refusal(/^Give --watch or --[\w-]+: a live view/),
    );
  }
  expect(() => checkWatch(watched('--watch'), false)).toThrow(refusal('--watch needs a terminal'));
});
