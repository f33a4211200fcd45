import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CONNECTION_HOOKS } from '../../src/connections/hooks.js';
import { HOOK_GROUP } from '../../src/connections/layout.gen.js';
import { GroupProofs } from '../../src/kernel/group-proofs.js';
import type { HookGroup } from '../../src/kernel/hook-groups.js';

const spec = (name: string) => CONNECTION_HOOKS.find((each) => each.name === name)!;
const group = (
  name: string,
  attached = true,
  { id, proof }: Pick<HookGroup, 'id' | 'proof'> = spec(name),
): HookGroup => ({
  feature: 'connections',
  name,
  id,
  proof,
  rung: attached ? 'tp_btf' : null,
  refused: [],
  attached,
  proven: false,
  fault: '',
  silent: false,
  reattached: 0,
  reason: attached ? 'not yet' : 'refused',
  code: null,
  assets: [],
  programs: [],
});
const reasons = (groups: readonly HookGroup[]) => Object.fromEntries(groups.map(({ name, reason }) => [name, reason]));

let groups: HookGroup[];
let closed: number;
let proofs: GroupProofs;

beforeEach(() => {
  vi.useFakeTimers();
  groups = [group('tcp'), group('owner'), group('udp', false), group('snapshot')];
  closed = 0;
  proofs = new GroupProofs(groups, 5000, () => closed++);
  proofs.start();
});

afterEach(() => {
  vi.useRealTimers();
});

test('a group without proof after its time did not come through, also once the tracer is stopped', async () => {
  proofs.prove(HOOK_GROUP.snapshot);
  proofs.prove(HOOK_GROUP.tcp);
  vi.advanceTimersByTime(5000);
  const told = { tcp: '', snapshot: '', udp: 'refused', owner: 'Its self-test did not come through.' };
  expect(reasons(await proofs.done)).toEqual(told);
  proofs.end();
  expect([reasons(groups), closed]).toEqual([told, 1]);
});

test('a tracer that is stopped before that time says nothing of what it could not know', async () => {
  proofs.prove(HOOK_GROUP.tcp);
  vi.advanceTimersByTime(100);
  proofs.end();
  const stopped = 'The tracer was stopped before its self-test came through.';
  expect(reasons(await proofs.done)).toEqual({ tcp: '', snapshot: stopped, udp: 'refused', owner: stopped });
});

test('the self-test closes once the snapshot has shown it, and all is done with the last proof', async () => {
  proofs.prove(HOOK_GROUP.tcp);
  expect(closed).toBe(0);
  proofs.prove(HOOK_GROUP.snapshot);
  expect(closed).toBe(1);
  proofs.prove(HOOK_GROUP.owner);
  expect(await proofs.done).toBe(groups);
  expect(reasons(groups)).toEqual({ tcp: '', snapshot: '', udp: 'refused', owner: '' });
});

test('without a snapshot the self-test closes at once, and after half of the time in any case', () => {
  let others = 0;
  new GroupProofs([group('tcp'), group('snapshot', false)], 1000, () => others++).start();
  expect(others).toBe(1);
  vi.advanceTimersByTime(2499);
  expect(closed).toBe(0);
  vi.advanceTimersByTime(1);
  expect(closed).toBe(1);
});

test('nobody waits for the first event of a group that proves itself by one', async () => {
  const rare = group('oom_kill', true, { id: 0x2001, proof: 'event' });
  const event = new GroupProofs([group('tcp'), rare], 1000, () => {});
  event.start();
  event.prove(HOOK_GROUP.tcp);
  expect((await event.done).map(({ proven, reason }) => [proven, reason])).toEqual([
    [true, ''],
    [false, ''],
  ]);
  event.prove(0x2001);
  expect(rare.proven).toBe(true);
});

test('where no group is tested, nobody waits at all', async () => {
  let ended = 0;
  const plain = new GroupProofs([group('oom_kill', true, { id: 0x2001, proof: 'none' })], 1000, () => ended++);
  plain.start();
  expect((await plain.done).map(({ reason }) => reason)).toEqual(['']);
  expect(ended).toBe(1);
});
