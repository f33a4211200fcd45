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
import { FrameStream } from '../support/frames.js';

function group({ name }: Feature, spec: HookGroupSpec, rung: HookGroup['rung']): HookGroup {
  const nothing = { refused: [], proven: false, reason: '', code: null, programs: [] };
  return { feature: name, name: spec.name, id: spec.id, rung, proof: spec.proof, attached: rung !== null, ...nothing };
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
  const features = [connections, kills].map((feature) => ({ feature, options: {} }));
  const hooks = new LiveHooks(features, proofs);
  expect(hooks.add(new FrameStream().add(CORE_KIND.hooks, hooksPayload(groups)))).toBe(true);
  expect(hooks.records).toEqual([{ feature: 'oom_kill', group: other.name, rung: other.rungs[0]!.rung }]);
  proofs.prove(tested.id);
  const { name: proven, rungs } = tested;
  expect(hooks.records).toContainEqual({ feature: 'connections', group: proven, rung: rungs.at(-1)!.rung });
  expect(hooks.records).toHaveLength(2);
});
