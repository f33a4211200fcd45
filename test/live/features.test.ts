/** Features beside the connections: what the kernel or the installation refuses is told, and takes nothing else with it. */
import { expect, test } from 'vitest';
import type * as connections from '../../src/connections/feature.js';
import type * as loader from '../../src/kernel/load-features.js';
import type { Feature } from '../../src/pipeline/feature.js';
import type { ObjectSpec } from '../../src/pipeline/hooks.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { kernelObjects, leftBehind } from './support/kernel-objects.js';

/** A feature with one group, which it requires, of one object; plain, as one that only declares its hooks. */
function other(feature: Feature, object: ObjectSpec): loader.WantedFeature {
  const rungs = [{ rung: 'cgroup' as const, needs: [], objects: [object] }];
  const group = { name: 'events', id: 0x7e01, gives: 'nothing', required: true, proof: 'none' as const, rungs };
  const named: Feature = { ...feature, name: 'other', id: 0x7e, hooks: [group] };
  return { feature: named, options: {}, live: { sources: () => [] }, essential: false };
}

async function load(object: ObjectSpec, cgroup: null | undefined) {
  const { loadFeatures } = (await import(`${CHECKOUT}dist/kernel/load-features.js`)) as typeof loader;
  const { CONNECTIONS } = (await import(`${CHECKOUT}dist/connections/feature.js`)) as typeof connections;
  const feature = CONNECTIONS as Feature;
  const own = { feature, options: CONNECTIONS.options.parse({}), live: await feature.live(), essential: true };
  const before = kernelObjects();
  const loaded = loadFeatures([own, other(feature, object)], { cgroup });
  const { groups, refused } = loaded;
  loaded.close();
  expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
  return {
    attached: groups.filter(({ attached }) => attached).map(({ feature: of, name }) => `${of}.${name}`),
    refused: refused.map(({ feature: of, error }) => `${of}: ${error.message} [${error.code}]`),
  };
}

const ALL = ['connections.tcp', 'connections.owner', 'connections.udp', 'connections.snapshot'];

test('one whose object is not there', async (context) => {
  need(context, 'live', lacksLive());
  const { attached, refused } = await load({ object: 'other/events' }, undefined);
  expect(attached).toEqual(ALL);
  expect(refused).toEqual([
    expect.stringMatching(/^other: build\/bpf\/other\/events\.bpf\.o is missing.*\[CONNTRAIL_ADDON_MISSING\]$/),
  ]);
});

test('one that is refused names itself', async (context) => {
  need(context, 'live', lacksLive());
  const { attached, refused } = await load({ object: 'connections/udp', cgroup: true }, null);
  expect(attached).toEqual(ALL.filter((name) => name !== 'connections.udp'));
  expect(refused).toEqual([
    'other: This kernel refuses the other hooks: It was turned off: cgroup is null. [CONNTRAIL_KERNEL]',
  ]);
});

test('one that runs has maps of its own, though an object of the connections is its own too', async (context) => {
  need(context, 'live', lacksLive());
  const { attached, refused } = await load({ object: 'connections/connect', cgroup: true }, undefined);
  expect([attached, refused]).toEqual([[...ALL, 'other.events'], []]);
});
