/** The generator's list is the measure of all live tests, so it is held against the kernel's own counters first. No tracer takes part. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { buildGenerator, runGenerator } from './support/generator.js';
import { expectListAgrees } from './support/snmp.js';

const CONNECTIONS = 10_007;
const REFUSED = 503;
const RESET = 211;

beforeAll(() => buildGenerator());

test.for(['loopback', 'veth'] as const)('%s: the list agrees with /proc/net/snmp', async (scenario, context) => {
  need(context, 'live', lacksLive());
  const expected = await inFolder((folder) => runGenerator(join(folder, 'list'), { scenario }));
  expectListAgrees(expected);

  const tcp = expected.ends.filter(({ protocol }) => protocol === 'tcp');
  const outgoing = tcp.filter(({ direction }) => direction === 'outgoing');
  expect(outgoing).toHaveLength(CONNECTIONS);
  expect(new Set(outgoing.map(({ number }) => number)).size).toBe(CONNECTIONS);
  expect(outgoing.filter(({ failure }) => failure?.cause === 'refused')).toHaveLength(REFUSED);
  const reset = tcp.filter(({ failure }) => failure?.cause === 'reset' && failure.by === 'remote');
  expect(new Set(reset.map(({ number }) => number)).size).toBe(RESET);
  expect(expected.namespaces.reduce((sum, { Tcp }) => sum + Tcp.ActiveOpens!, 0)).toBe(CONNECTIONS);
});
