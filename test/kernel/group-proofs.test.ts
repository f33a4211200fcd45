import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HOOK_GROUP } from '../../src/connections/layout.gen.js';
import { GroupProofs } from '../../src/kernel/group-proofs.js';
import type { HookGroup } from '../../src/kernel/hook-groups.js';

const group = (name: HookGroup['name'], attached = true): HookGroup => ({
  name,
  attached,
  proven: false,
  reason: attached ? 'not yet' : 'refused',
  code: null,
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
