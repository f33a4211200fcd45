import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addLiveOptions, type LiveOptions } from '../../src/cli/live-options.js';
import { checkOptions, FLAGS, tracerOptions } from '../../src/cli/live-settings.js';
import { featuresToTrace } from '../../src/feature-options.js';

const OPTIONS: LiveOptions = {
  interval: 1000,
  transport: 'auto',
  ringSize: 1 << 22,
  maxConnections: 1 << 20,
  udpFlows: 1 << 18,
};

test('what cannot be is told in the words of the command line', () => {
  expect(() => checkOptions(OPTIONS, {})).not.toThrow();
  expect(() => checkOptions({ ...OPTIONS, interval: 99, ringSize: 3 << 20 }, {})).toThrow(
    expect.objectContaining({
      code: 'CONNTRAIL_OPTION',
      message:
        'Correct these options: --ring-size: must be a power of two; --interval: must be a whole number of ms from 100 to 3600000.',
    }),
  );
});

test.each<[string, Partial<LiveOptions>]>([
  ['--readers', { readers: 2 }],
  ['--udp-timeout', { cgroupRoot: 'none', udpTimeout: 1000 }],
  ['--exact-udp', { cgroupRoot: 'none', exactUdp: true }],
])('%s that would change nothing is refused', (flag, options) => {
  expect(() => checkOptions({ ...OPTIONS, ...options }, {})).toThrow(
    expect.objectContaining({ code: 'CONNTRAIL_OPTION', message: expect.stringContaining(`${flag} changes nothing`) }),
  );
});

test('without connections nothing that is about them is passed over', () => {
  const alone = { ...OPTIONS, without: ['connections'], with: ['oom_kill'] };
  expect(checkOptions(alone, {}).map(({ feature }) => feature.name)).toEqual(['oom_kill']);
  expect(() => checkOptions(alone, { port: '443' })).toThrow(/^--port changes nothing here/);
  expect(() => checkOptions({ ...alone, failedConnects: true }, {})).toThrow(/^--failed-connects changes nothing here/);
  expect(() => checkOptions({ ...OPTIONS, without: ['connections'] }, {})).toThrow(/^Nothing is left to run/);
});

test('every option of the library that is not only a program’s is on the command line, and reaches the tracer', () => {
  const command = addLiveOptions(new Command('x'));
  const flags = Object.values(FLAGS).filter((flag) => flag !== null);
  expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags));
  const words = {
    transport: ['--transport', 'perf'],
    kernelBuffer: ['--kernel-buffer', '64K'],
    ringSize: ['--ring-size', '1M'],
    intervalMs: ['--interval', '500ms'],
    pendingMs: ['--pending', '50ms'],
    readers: ['--readers', '3'],
    maxConnections: ['--max-connections', '7'],
    udpFlows: ['--udp-flows', '8'],
    udpTimeoutMs: ['--udp-timeout', '9s'],
    exactUdp: ['--exact-udp'],
    failedConnects: ['--failed-connects'],
    proofTimeoutMs: ['--proof-timeout', '1s'],
    canaryMs: ['--canary', '5s'],
    cgroup: ['--cgroup-root', '/cg'],
    host: ['--host', 'here'],
  };
  expect(Object.values(words).map(([flag]) => flag)).toEqual(flags);
  command.parse(Object.values(words).flat(), { from: 'user' });
  const options = command.opts<LiveOptions>();
  expect(tracerOptions(options, { port: '!22' })).toEqual({
    transport: 'perf',
    kernelBuffer: 65_536,
    ringSize: 1 << 20,
    intervalMs: 500,
    pendingMs: 50,
    readers: 3,
    maxConnections: 7,
    udpFlows: 8,
    features: {},
    udpTimeoutMs: 9000,
    exactUdp: true,
    failedConnects: true,
    proofTimeoutMs: 1000,
    canaryMs: 5000,
    cgroup: '/cg',
    host: 'here',
    filter: { not: { ports: [{ end: 'any', first: 22, last: 22 }] } },
  });
  expect(() => checkOptions(options, { port: '!22' })).not.toThrow();
});

test('none is what --canary and --cgroup-root say it is', () => {
  const command = addLiveOptions(new Command('x'));
  command.parse(['--canary', 'none', '--cgroup-root', 'none'], { from: 'user' });
  const options = command.opts<LiveOptions>();
  expect(tracerOptions(options, {})).toMatchObject({ canaryMs: null, cgroup: null });
  expect(() => checkOptions(options, {})).not.toThrow();
  expect(() => checkOptions({ ...options, exactUdp: true }, {})).toThrow(/^--exact-udp changes nothing here/);
});

test('a feature is named with dashes or underscores, once', () => {
  const names = (features: Record<string, boolean>) => featuresToTrace(features).map(({ feature }) => feature.name);
  expect(names({ 'oom-kill': true, connections: false })).toEqual(['oom_kill']);
  expect(names({ oom_kill: true, connections: false })).toEqual(['oom_kill']);
  expect(names({ 'oom-kill': false })).toEqual(['connections']);
  expect(() => names({ 'oom-kill': true, oom_kill: false })).toThrow(
    expect.objectContaining({ code: 'CONNTRAIL_OPTION', message: 'Name oom_kill once among the features.' }),
  );
  expect(() => names({ 'oom-kills': true })).toThrow(/There is no feature "oom-kills"/);
});
