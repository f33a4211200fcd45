/** The table that stands in for the storage of tasks: what threads leave in it that ended after a call of which no I/O program ran. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type * as connections from '../../src/connections/feature.js';
import type * as loader from '../../src/kernel/load-features.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { kernelObjects } from './support/kernel-objects.js';

const ENTRIES = 4;

/** ms: the table is swept once in 1000 jiffies, of which there are 100 a second at least. */
const SWEEP_MS = 15_000;

/** A process that sends one datagram to a peer that it names, and ends: its id. */
function send(): number {
  const script = 'import os, socket; socket.socket(2, 2).sendto(b"x", ("127.0.0.1", 9)); print(os.getpid())';
  return Number(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
}

/** Process ids in the table. */
function pids(map: number): number[] {
  const dump = execFileSync('bpftool', ['-j', 'map', 'dump', 'id', `${map}`], { encoding: 'utf8' });
  const entries = JSON.parse(dump) as { key: string[] }[];
  return entries.map(({ key }) => Buffer.from(key.map(Number)).readUInt32LE(4)).sort((a, b) => a - b);
}

test('a full table loses what is old to whoever comes next, and nothing before', async (context) => {
  need(context, 'live', lacksLive());
  const { loadFeatures } = (await import(`${CHECKOUT}dist/kernel/load-features.js`)) as typeof loader;
  const { CONNECTIONS } = (await import(`${CHECKOUT}dist/connections/feature.js`)) as typeof connections;
  const feature = CONNECTIONS as Feature;
  // Without group owner nobody takes the entries.
  const hooks = feature.hooks.flatMap((group) => {
    if (group.name === 'tcp') return [group];
    const rungs = group.rungs.filter(({ rung }) => rung === 'cgroup_hash');
    const small = { maps: { udp_threads: ENTRIES }, knobs: { ct_stale_jiffies: 0 } };
    return rungs.length === 0
      ? []
      : [{ ...group, rungs: rungs.map((rung) => ({ ...rung, objects: [{ ...rung.objects[0]!, ...small }] })) }];
  });
  const known = new Set(kernelObjects().maps);
  const loaded = loadFeatures(
    [
      {
        feature: { ...feature, hooks },
        options: CONNECTIONS.options.parse({}),
        live: await feature.live(),
        essential: true,
      },
    ],
    { cgroup: undefined },
  );
  try {
    expect(loaded.groups.map(({ name, attached }) => [name, attached])).toEqual([
      ['tcp', true],
      ['udp', true],
    ]);
    const shown = JSON.parse(execFileSync('bpftool', ['-j', 'map', 'show'], { encoding: 'utf8' }));
    const table = (shown as { id: number; name?: string }[]).find(
      ({ id, name }) => name === 'udp_threads' && !known.has(id),
    )!.id;
    loaded.enable();
    const first = Array.from({ length: ENTRIES }, send);
    expect(pids(table)).toEqual(first.sort((a, b) => a - b));
    let last = 0;
    for (const end = performance.now() + SWEEP_MS; !pids(table).includes(last) && performance.now() < end; ) {
      await sleep(500);
      last = send();
    }
    expect(pids(table)).toEqual([last]);
  } finally {
    loaded.close();
  }
});
