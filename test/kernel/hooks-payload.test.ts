import { expect, test } from 'vitest';
import { OOM_KILL } from '../../src/checks/oom-kill/feature.js';
import { CONNECTIONS } from '../../src/connections/feature.js';
import { CORE_KIND } from '../../src/frames/layout.gen.js';
import type { HookGroup } from '../../src/kernel/hook-groups.js';
import { hooksPayload } from '../../src/kernel/hooks-payload.js';
import type { Feature } from '../../src/pipeline/feature.js';
import type { HookGroupSpec } from '../../src/pipeline/hooks.js';
import { LiveHooks } from '../../src/pipeline/live-hooks.js';
import { Proofs } from '../../src/pipeline/proofs.js';
import { StreamClock } from '../../src/pipeline/stream-clock.js';
import { FrameStream } from '../support/frames.js';

function group({ name }: Feature, spec: HookGroupSpec, rung: HookGroup['rung']): HookGroup {
  const nothing = { refused: [], proven: false, reason: '', code: null, assets: [], programs: [] };
  const sound = { fault: '', silent: false, reattached: 0 };
  return {
    feature: name,
    name: spec.name,
    id: spec.id,
    rung,
    proof: spec.proof,
    attached: rung !== null,
    ...nothing,
    ...sound,
  };
}

test('a group that waits for its proof is live from then on; one that waits for none at once; what is not attached is not told', () => {
  const [connections, kills] = [CONNECTIONS as Feature, OOM_KILL as Feature];
  const tested = connections.hooks.find(({ proof }) => proof === 'tcp')!;
  const off = connections.hooks.find((each) => each !== tested)!;
  const other = kills.hooks[0]!;
  const groups = [
    group(connections, tested, tested.rungs.at(-1)!.rung),
    group(kills, other, other.rungs[0]!.rung),
    group(connections, off, null),
  ];
  const proofs = new Proofs();
  const clock = new StreamClock();
  const features = [connections, kills].map((feature) => ({ feature, options: {} }));
  const hooks = new LiveHooks(features, proofs);
  expect(hooks.add(new FrameStream().add(CORE_KIND.hooks, hooksPayload(groups)))).toBe(true);
  const sound = { state: 'live', reattached: 0, silence: null };
  expect(hooks.close(clock)).toEqual([
    { feature: 'oom_kill', group: other.name, rung: other.rungs[0]!.rung, ...sound },
  ]);
  proofs.prove(tested.id);
  const { name: proven, rungs } = tested;
  const rung = rungs.at(-1)!.rung;
  expect(hooks.close(clock)).toContainEqual({ feature: 'connections', group: proven, rung, ...sound });
  expect(hooks.close(clock)).toHaveLength(2);
});

test('a silence is told from the last proof before it to the first one after it, in every interval that it reaches', () => {
  const spec = CONNECTIONS.hooks.find(({ proof }) => proof === 'tcp')!;
  const tested = group(CONNECTIONS as Feature, spec, spec.rungs[0]!.rung);
  const proofs = new Proofs();
  const clock = new StreamClock();
  const hooks = new LiveHooks([{ feature: CONNECTIONS as Feature, options: {} }], proofs);
  const stream = new FrameStream();
  const told = (change: Partial<HookGroup>) =>
    expect(hooks.add(stream.add(CORE_KIND.hooks, hooksPayload([{ ...tested, ...change }])))).toBe(true);
  const proven = (round: number, opened_ns: number) => {
    proofs.add(stream.selftest([{ cookie: round, group: spec.id, round, opened_ns }]));
    proofs.right(proofs.count - 1);
  };
  const closed = () => hooks.close(clock).map(({ state, reattached, silence }) => [state, reattached, silence]);
  clock.take(stream.clock(9e9, 0));
  told({});
  proven(0, 1e9);
  proven(1, 2e9);
  expect(closed()).toEqual([['live', 0, null]]);
  told({ silent: true, reattached: 1 });
  expect(closed()).toEqual([['silent', 1, { since: 2e6, until: null }]]);
  expect(closed()).toEqual([['silent', 1, { since: 2e6, until: null }]]);
  proven(4, 5e9);
  // What was proven is live again when the tracer says so.
  expect(closed()).toEqual([['silent', 1, { since: 2e6, until: null }]]);
  told({ reattached: 1 });
  expect(closed()).toEqual([['live', 1, { since: 2e6, until: 5e6 }]]);
  expect(closed()).toEqual([['live', 1, null]]);
  // Two within one interval are told as one.
  told({ silent: true, reattached: 2 });
  proven(5, 6e9);
  told({ reattached: 2 });
  told({ silent: true, reattached: 3 });
  proven(6, 7e9);
  told({ reattached: 3 });
  expect(closed()).toEqual([['live', 3, { since: 5e6, until: 7e6 }]]);
});
